import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { Lanes } from "../../lib/dispatch/lanes.ts";
import {
  PendingReader,
  type PendingReaderOptions,
} from "../../lib/dispatch/pending_reader.ts";
import { StoreError } from "../../lib/errors.ts";
import { DispatchRig, NAME, storeTrouble } from "../support/dispatch_rig.ts";
import { attempt } from "../support/attempts.ts";

/** Events enough for some pages, each about an object of its own. */
const TEN = "a1 b1 c1 d1 e1 f1 g1 h1 i1 j1";

/** A reader of a store in memory, and the lanes that it fills. */
async function setup(ids: string, options?: PendingReaderOptions) {
  const rig = await DispatchRig.open();
  await rig.accept(ids);
  const lanes = new Lanes("object");
  const reader = new PendingReader(await rig.outbox(), lanes, options);
  let queries = 0;
  rig.meanwhile.pending = () => {
    queries++;
    return Promise.resolve();
  };
  return {
    rig,
    lanes,
    reader,
    /** Reads, and says how many queries that took. */
    async read(): Promise<number> {
      const before = queries;
      await reader.read();
      return queries - before;
    },
    /** Takes all that is due, and finishes it here and in the store. */
    async finishAll(): Promise<string> {
      const seqs: number[] = [];
      for (let next = take(); next; next = take()) {
        seqs.push(next.seq);
        lanes.finish(next);
      }
      const records = seqs.map((seq) => attempt({ seq, destination: NAME }));
      const outbox = await rig.outbox();
      for (const record of records) assert(await outbox.record(record));
      return seqs.join(" ");
    },
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
    },
  };
  function take() {
    return lanes.take(Infinity);
  }
}

Deno.test("PendingReader reads all that is pending, page by page", async () => {
  const table: [page: number, queries: number][] = [
    [1, 11],
    [3, 4],
    [5, 3],
    [9, 2],
    [10, 2],
    [11, 1],
    [1_000, 1],
  ];
  for (const [page, queries] of table) {
    await using it = await setup(TEN, { page });
    assertEquals(await it.read(), queries, `pages of ${page}`);
    assertEquals(await it.finishAll(), "1 2 3 4 5 6 7 8 9 10");
  }
});

Deno.test("PendingReader reads its own destination alone", async () => {
  await using it = await setup("a1 b1");
  await it.rig.accept("c1", ["other"]);
  await it.rig.accept("d1", ["other", NAME]);
  await it.read();
  assertEquals(await it.finishAll(), "1 2 4");
});

Deno.test("PendingReader wants to read at first and after news", async () => {
  await using it = await setup("a1 b1");
  assert(it.reader.isWanted);
  assertEquals(await it.read(), 1);
  assertFalse(it.reader.isWanted);
  assertEquals(await it.read(), 0);
  it.reader.markStale();
  assert(it.reader.isWanted);
  assertEquals(await it.read(), 1);
  assertEquals(it.lanes.size, 2);
  await it.rig.accept("c1");
  it.reader.markStale();
  assertEquals(await it.read(), 1);
  assertEquals(await it.finishAll(), "1 2 3");
});

Deno.test("PendingReader does not sleep through news that come while it reads", async () => {
  await using it = await setup("a1");
  it.rig.meanwhile.pending = async () => {
    delete it.rig.meanwhile.pending;
    await it.rig.accept("b1");
    it.reader.markStale();
  };
  await it.reader.read();
  assertFalse(it.reader.isWanted);
  assertEquals(await it.finishAll(), "1 2");
});

Deno.test("PendingReader reads a dispatch again that was done", async () => {
  await using it = await setup(TEN, { page: 4 });
  await it.read();
  await it.finishAll();
  await requeue(it.rig, [3, 8]);
  it.reader.markStale();
  await it.read();
  assertEquals(await it.finishAll(), "", "only later ones unless said");
  it.reader.markStale(3);
  await it.read();
  assertEquals(await it.finishAll(), "3 8");
  await it.rig.accept("k1");
  it.reader.markStale();
  assertEquals(await it.read(), 1, "what comes next is new");
  assertEquals(await it.finishAll(), "11");
});

for (const when of ["first", "second", "last"] as const) {
  for (const seq of [1, 3, 4, 5, 6, 10]) {
    Deno.test(`PendingReader does not miss a replay of ${seq} during the ${when} of its queries`, async () => {
      await using it = await setup(TEN, { page: 4 });
      await finish(it.rig, seq);
      const before = { first: 0, second: 1, last: 2 }[when];
      let queries = 0;
      it.rig.meanwhile.pending = async () => {
        if (queries++ !== before) return;
        await requeue(it.rig, [seq]);
        it.reader.markStale(seq);
      };
      await it.reader.read();
      assertEquals(it.lanes.size, 10);
      assertFalse(it.reader.isWanted);
    });
  }
}

Deno.test("PendingReader knows no more than its limit, and goes on when half is done", async () => {
  await using it = await setup(TEN, { knownMax: 4, page: 2 });
  assertEquals(await it.read(), 2);
  assertEquals(it.lanes.size, 4);
  for (const size of [4, 3]) {
    assertEquals(it.lanes.size, size);
    assertFalse(it.reader.isWanted, `${size} known`);
    it.lanes.finish(it.lanes.take(Infinity)!);
  }
  assert(it.reader.isWanted, "2 known");
  assertEquals(await it.read(), 1);
  assertEquals(await it.finishAll(), "3 4 5 6");
  await it.read();
  assertEquals(await it.finishAll(), "7 8 9 10");
  assert(it.reader.isWanted, "it cannot know yet that this was all");
  assertEquals(await it.read(), 1);
  assertFalse(it.reader.isWanted);
});

Deno.test("PendingReader reads what is new as long as there is room", async () => {
  await using it = await setup("a1 b1 c1", { knownMax: 4 });
  await it.read();
  await it.rig.accept("d1");
  it.reader.markStale();
  assert(it.reader.isWanted, "3 of 4 known");
  await it.read();
  assertEquals(it.lanes.size, 4);
});

Deno.test("PendingReader reads no further once it is stopped", async () => {
  await using it = await setup(TEN, { page: 4 });
  it.rig.meanwhile.pending = () => {
    it.reader.stop();
    return Promise.resolve();
  };
  await it.reader.read();
  assertEquals(it.lanes.size, 4);
  assertFalse(it.reader.isWanted);
});

Deno.test("PendingReader reads nothing while there is no room, whatever the news", async () => {
  await using it = await setup(TEN, { knownMax: 4, page: 4 });
  await it.read();
  it.reader.markStale();
  it.reader.markStale(1);
  assertFalse(it.reader.isWanted);
  assertEquals(await it.read(), 0);
  assertEquals(await it.finishAll(), "1 2 3 4");
  await it.read();
  assertEquals(await it.finishAll(), "5 6 7 8");
});

Deno.test("PendingReader goes on where it was when the store works again", async () => {
  await using it = await setup(TEN, { page: 4 });
  let queries = 0;
  it.rig.meanwhile.pending = async () => {
    if (++queries === 2 || queries === 3) await storeTrouble();
  };
  for (let failures = 0; failures < 2; failures++) {
    await assertRejects(() => it.reader.read(), StoreError);
    assert(it.reader.isWanted);
    assertEquals(it.lanes.size, 4);
  }
  await it.reader.read();
  assertEquals(queries, 5);
  assertFalse(it.reader.isWanted);
  assertEquals(await it.finishAll(), "1 2 3 4 5 6 7 8 9 10");
});

Deno.test("PendingReader remembers a replay while the store fails", async () => {
  await using it = await setup(TEN, { page: 4 });
  await it.read();
  await it.finishAll();
  await requeue(it.rig, [2, 9]);
  it.rig.meanwhile.pending = () => {
    it.reader.markStale(9);
    return storeTrouble();
  };
  it.reader.markStale(2);
  await assertRejects(() => it.reader.read(), StoreError);
  delete it.rig.meanwhile.pending;
  await it.read();
  assertEquals(await it.finishAll(), "2 9");
});

async function finish(rig: DispatchRig, seq: number): Promise<void> {
  const outbox = await rig.outbox();
  assert(await outbox.record(attempt({ seq, destination: NAME })));
}

async function requeue(rig: DispatchRig, seqs: number[]): Promise<void> {
  const keys = seqs.map((seq) => ({ seq, destination: NAME }));
  assert(await rig.store.requeue({ keys, dueAtMs: 0 }));
}

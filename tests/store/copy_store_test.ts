import { assert, assertEquals, assertRejects } from "@std/assert";
import { copyStore, StaleCopyError } from "../../lib/store/copy_store.ts";
import {
  openContents,
  openCopy,
  openStore,
} from "../../lib/store/open_store.ts";
import { holdTarget } from "../../lib/store/holds.ts";
import { createLinkTokens } from "../../lib/store/links.ts";
import type { StoreCopy } from "../../lib/store/store_copy.ts";
import type { Delivery } from "../../lib/store/store.ts";
import { StoreError } from "../../lib/errors.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { StoreModel } from "../support/store_model.ts";
import { TempDir } from "../support/temp_dir.ts";
import { workAtRandom } from "../support/work_at_random.ts";

/** Two places for stores. */
interface Places {
  readonly from: string;
  readonly to: string;
}

const noPostgres = await whyNoPostgres();
const cluster = noPostgres === undefined
  ? await PostgresCluster.start()
  : undefined;

/** Kinds of places, by what a store is called there. */
const PLACES: Record<string, (dir: string, name: string) => string> = {
  sqlite: (dir, name) => `sqlite:${dir}/${name}.db`,
  postgres: () => cluster!.schema(),
};

const PAIRS = [
  ["sqlite", "sqlite"],
  ["sqlite", "postgres"],
  ["postgres", "sqlite"],
  ["postgres", "postgres"],
] as const;

function open(url: string): Promise<OpenStore> {
  return openStore(url, { bodyBytesMax: 1 << 20 })
    .then((store) => new OpenStore(store));
}

/** Works on a store, duplicates of either kind included. */
async function work(open: OpenStore, seed: number, steps = 60): Promise<void> {
  const random = new SeededRandom(seed);
  await workAtRandom(open, new StoreModel(), random, steps);
  for (const { id } of (await open.reader.list({ limit: 9 }))) {
    const { row, body } = await open.get(id);
    const copy = random.below(2) === 0 ? body : new Uint8Array(3);
    const one = delivery(id, { ...row, body: copy });
    for (let n = random.below(3); n > 0; n--) await open.store.accept(one);
  }
}

/** All that a store shows, to whoever reads or dispatches. */
async function shownBy(url: string): Promise<unknown> {
  const shown = await open(url);
  const rows = await shown.reader.list({ limit: 1_000 });
  const events = [];
  for (const { id } of rows) events.push(await shown.get(id));
  const objects = [];
  for (const objectId of ["inq_1", "inq_2", "INQ_1"]) {
    const list = await shown.reader.list({ objectId, limit: 1_000 });
    objects.push(list.map(({ id }) => id));
  }
  const pending = [];
  for (const name of ["a", "b", "c"]) {
    pending.push(await shown.pending(name));
    pending.push(await (await shown.outbox(name)).lastAttempts());
  }
  const news = await shown.reader.news({ seq: 0, attemptSeq: 0 }, 1_000);
  // Each store takes the space that it takes.
  const { bytes: _, ...totals } = await shown.reader.totals();
  const end = await shown.reader.end();
  await shown.close();
  return { rows, events, objects, pending, news, totals, end };
}

/** Copies as the command does. */
async function copy(
  { from, to }: Places,
  whenCaughtUp?: () => Promise<boolean>,
  wrap: (copy: StoreCopy) => StoreCopy = (copy) => copy,
) {
  const source = await openContents(from);
  try {
    const target = await openCopy(to);
    try {
      const options = whenCaughtUp ? { whenCaughtUp } : {};
      return await copyStore(source, wrap(target), options);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

for (const [from, to] of PAIRS) {
  const test = (what: string, body: (pair: Places) => Promise<void>) =>
    Deno.test({
      name: `copyStore() from ${from} to ${to}: ${what}`,
      // Connections of readers, whose close() returns at once, end a little later.
      sanitizeOps: false,
      sanitizeResources: false,
      ignore: cluster === undefined && (from !== "sqlite" || to !== "sqlite"),
      async fn() {
        await using dir = await TempDir.make();
        await body({
          from: PLACES[from]!(dir.path, "from"),
          to: PLACES[to]!(dir.path, "to"),
        });
      },
    });

  test("a copy shows all that its source shows", async (pair) => {
    const source = await open(pair.from);
    await work(source, 1);
    await source.close();
    const { events } = await copy(pair);
    const shown = await shownBy(pair.from);
    assertEquals(await shownBy(pair.to), shown);
    assertEquals(events, (shown as { rows: unknown[] }).rows.length);
    // It goes on where the source was.
    const target = await open(pair.to);
    const one = delivery("evt_new");
    const { seq } = await target.reader.end();
    assert(await target.accept(one, ["a"]) > seq);
    await work(target, 2);
    await target.close();
  });

  test("bodies of any size are the same, byte for byte", async (pair) => {
    const source = await open(pair.from);
    const random = new SeededRandom(3);
    const sizes = [0, 1, 1 << 20, 70_000, ...Array(12).fill(1 << 20)];
    for (const [n, size] of sizes.entries()) {
      const body = new Uint8Array(size).fill(random.below(256));
      await source.accept(delivery(`evt_${n}`, { body }), []);
    }
    await source.close();
    const bytes = sizes.reduce((a, b) => a + b, 0);
    assertEquals(await copy(pair), { events: sizes.length, bytes });
    const [source2, target] = [await open(pair.from), await open(pair.to)];
    for (const n of sizes.keys()) {
      const a = await source2.get(`evt_${n}`);
      const b = await target.get(`evt_${n}`);
      assertEquals(a.row, b.row);
      assert(a.body.every((byte, i) => byte === b.body[i]));
      assertEquals(a.body.length, b.body.length);
    }
    await source2.close();
    await target.close();
  });

  test("duplicates are told by the digests of their source", async (pair) => {
    const source = await open(pair.from);
    const digest = new Uint8Array([1, 2, 255]);
    await source.accept(delivery("evt_1", { digest }), []);
    await source.close();
    await copy(pair);
    const target = await open(pair.to);
    const sealed = { digest, body: new Uint8Array([9]) };
    const other = { digest: new Uint8Array([1]), body: new Uint8Array([8]) };
    for (
      const [changes, differs] of [[sealed, false], [other, true]] as const
    ) {
      const result = await target.store.accept(delivery("evt_1", changes));
      assertEquals("differs" in result, differs);
    }
    await target.close();
  });

  test("what is erased is erased in the copy, and its duplicates are told as far as they can be", async (pair) => {
    const source = await open(pair.from);
    const digest = new Uint8Array([1, 2, 255]);
    await source.accept(delivery("evt_1", { digest }), ["a"]);
    await source.accept(delivery("evt_2"), ["a"]);
    const erasure = { objectIds: ["inq_1"], eventIds: [], throughSeq: 2 };
    const when = { beforeMs: delivery("").receivedAtMs, erasedAtMs: 9 };
    const erased = await source.store.erase({ ...erasure, ...when, links: [] });
    assertEquals(erased, "erased");
    await source.accept(delivery("evt_late_1", { digest }), ["a"]);
    await source.accept(delivery("evt_late_2"), ["a"]);
    await source.close();
    const shown = await shownBy(pair.from);
    await copy(pair);
    assertEquals(await shownBy(pair.to), shown);
    const target = await open(pair.to);
    const differs = async (id: string, changes: Partial<Delivery>) =>
      "differs" in await target.store.accept(delivery(id, changes));
    const body = new Uint8Array([9]);
    for (const id of ["evt_1", "evt_late_1"]) {
      assertEquals(await differs(id, { digest, body }), false);
      assertEquals(await differs(id, { digest: body, body }), true);
    }
    for (const id of ["evt_2", "evt_late_2"]) {
      assertEquals(await differs(id, { body }), false, "nobody knows");
    }
    await target.close();
  });

  test("paused destinations are paused in the copy", async (pair) => {
    const source = await open(pair.from);
    assert(await source.store.setPause("a", 77));
    await source.close();
    await copy(pair);
    const target = await open(pair.to);
    assertEquals(await target.outboxes.pauses(), [
      { destination: "a", sinceMs: 77 },
    ]);
    await target.close();
  });

  test("what is on hold is on hold in the copy, by its old key", async (pair) => {
    const source = await open(pair.from);
    const reference = { kind: "reference", value: "user-7" } as const;
    const progress = await source.reader.linkProgress();
    const target = holdTarget(reference, progress, true);
    const hold = { ...target, reason: 'é"', byWhom: "a", atMs: 7, untilMs: 99 };
    const deferred = { objectId: "inq_1", throughSeq: 3, eventId: "evt_1" };
    assert(await source.store.setHolds([hold]));
    assert(await source.store.deferErasures([deferred]));
    await source.close();
    await copy(pair);
    const copied = await open(pair.to);
    const { reader } = copied;
    assertEquals(await reader.holds(98), [hold]);
    const query = { nowMs: 98, limit: 9 };
    assertEquals(await reader.dueErasures(query), [deferred]);
    const tokensOf = createLinkTokens(await reader.linkProgress());
    assertEquals(tokensOf(reference).slice(1), [target.token]);
    await copied.close();
  });

  test("a copy that broke off goes on, and is no store until it is done", async (pair) => {
    const source = await open(pair.from);
    for (let n = 0; n < 1_200; n++) {
      void source.store.accept(delivery(`evt_${n}`), ["a"]);
    }
    await work(source, 4);
    await source.close();
    for (const addsMax of [0, 1, 1]) {
      let adds = 0;
      const breaking = (target: StoreCopy): StoreCopy =>
        new Proxy(target, {
          get(_, key) {
            if (key === "add" && adds++ === addsMax) throw new Error("broke");
            const value = Reflect.get(target, key);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      await assertRejects(
        () => copy(pair, undefined, breaking),
        Error,
        "broke",
      );
      const refused = "a copy of another store that is not finished";
      await assertRejects(() => open(pair.to), StoreError, refused);
    }
    await copy(pair);
    assertEquals(await shownBy(pair.to), await shownBy(pair.from));
  });

  test("what comes in and is dispatched meanwhile is in the copy", async (pair) => {
    const source = await open(pair.from);
    await work(source, 5);
    let rounds = 0;
    await copy(pair, async () => {
      // New events, attempts, requeues and duplicates of what was copied.
      if (rounds < 4) await work(source, 6 + rounds);
      if (rounds === 4) await source.close();
      return rounds++ < 4;
    });
    assertEquals(await shownBy(pair.to), await shownBy(pair.from));
  });

  test("a change that is only a duplicate or a requeue is in the copy", async (pair) => {
    const source = await open(pair.from);
    const seq = await source.accept(delivery("evt_1"), ["a"]);
    await source.record(attempt({ seq, destination: "a" }));
    let isFirst = true;
    await copy(pair, async () => {
      if (!isFirst) return false;
      isFirst = false;
      await source.store.accept(delivery("evt_1"), ["a"]);
      await source.requeue([{ seq, destination: "a" }], 77);
      return true;
    });
    await source.close();
    assertEquals(await shownBy(pair.to), await shownBy(pair.from));
  });

  test("a place with other events is refused and untouched", async (pair) => {
    const [source, target] = [await open(pair.from), await open(pair.to)];
    await work(source, 1);
    await work(target, 2);
    await source.close();
    await target.close();
    const before = await shownBy(pair.to);
    const refused = "it already holds events";
    await assertRejects(() => copy(pair), StoreError, refused);
    assertEquals(await shownBy(pair.to), before);
  });

  test("an unfinished copy of another store is refused and untouched", async (pair) => {
    const source = await open(pair.from);
    await work(source, 1);
    await source.close();
    const other = await openCopy(pair.to);
    const contents = await openContents(pair.from);
    const [first, ...rest] = await contents.events(0);
    const content = { ...first!.content, id: "evt_other" };
    await other.add([{ ...first!, content }, ...rest]);
    await other.close();
    await contents.close();
    const refused = "the place to copy to holds other events";
    await assertRejects(() => copy(pair), StoreError, refused);
    const again = await openCopy(pair.to);
    assertEquals((await again.events(0))[0]?.content.id, content.id);
    await again.close();
  });

  if (to === "sqlite") {
    test("a copy has each payload once, where an erasure reaches it", async (pair) => {
      const source = await open(pair.from);
      const names = Array.from({ length: 60 }, (_, n) => `canary-${n}-`);
      for (const [n, name] of names.entries()) {
        const body = new TextEncoder().encode(name.padEnd(3_000, "x"));
        await source.accept(delivery(`evt_${n}`, { body }), []);
      }
      await source.close();
      await copy(pair);
      const bytes = await Deno.readFile(pair.to.replace("sqlite:", ""));
      const text = new TextDecoder("latin1").decode(bytes);
      const often = names.filter((name) => text.split(name).length !== 2);
      assertEquals(often, []);
    });
  }

  test("an unfinished copy of what was erased since says to remove it", async (pair) => {
    const source = await open(pair.from);
    for (const [n, objectId] of ["inq_1", "inq_2", "inq_3"].entries()) {
      await source.accept(delivery(`evt_${n}`, { objectId }), []);
    }
    const breaking = (target: StoreCopy): StoreCopy =>
      new Proxy(target, {
        get(_, key) {
          if (key === "finish") throw new Error("broke");
          const value = Reflect.get(target, key);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    await assertRejects(() => copy(pair, undefined, breaking), Error, "broke");
    const erased = await source.store.erase({
      objectIds: ["inq_2"],
      eventIds: [],
      throughSeq: 9,
      beforeMs: 0,
      erasedAtMs: 7,
      links: [],
    });
    assertEquals(erased, "erased");
    await source.close();
    const told = "payloads that it has were erased meanwhile";
    await assertRejects(() => copy(pair), StaleCopyError, told);
  });

  test("an event that differs in the copy is found", async (pair) => {
    const source = await open(pair.from);
    for (let n = 0; n < 5; n++) await source.accept(delivery(`evt_${n}`), []);
    await source.close();
    const flipping = (target: StoreCopy): StoreCopy =>
      new Proxy(target, {
        get(_, key) {
          const value = Reflect.get(target, key);
          if (key !== "add") {
            return typeof value === "function" ? value.bind(target) : value;
          }
          return (events: Parameters<StoreCopy["add"]>[0]) =>
            target.add(events.map((event, i) => {
              const body = new Uint8Array(event.content.body);
              if (i === 2) body[9]! ^= 1;
              return { ...event, content: { ...event.content, body } };
            }));
        },
      });
    await assertRejects(() => copy(pair, undefined, flipping), StoreError);
  });
}

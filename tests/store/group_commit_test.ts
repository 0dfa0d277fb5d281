import { assert, assertEquals, assertFalse } from "@std/assert";
import { setImmediate } from "node:timers";
import { groupCommit } from "../../lib/store/group_commit.ts";
import type { CommitInfo, Store } from "../../lib/store/store.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { HandDrivenWriter } from "../support/hand_driven_writer.ts";

const STORED = { ok: true, duplicate: false } as const;
const DUPLICATE = { ok: true, duplicate: true } as const;
const FAILED = { ok: false, reason: "failed" } as const;
const OVERLOADED = { ok: false, reason: "overloaded" } as const;

function setup(
  limits: { batchBytesMax?: number; waitingBytesMax?: number } = {},
) {
  const writer = new HandDrivenWriter();
  const failures: unknown[] = [];
  const commits: CommitInfo[] = [];
  const store = groupCommit(writer, {
    batchBytesMax: 100,
    onFailure: (error) => failures.push(error),
    onCommit: (info) => commits.push(info),
    ...limits,
  });
  return { writer, store, failures, commits };
}

/** Accepts deliveries of a size, `a` before `b`. */
function acceptAll(store: Store, ids: string, bytes = 10) {
  return Promise.all(
    [...ids].map((id) =>
      store.accept(delivery(id, { body: new Uint8Array(bytes) }))
    ),
  );
}

const KEY = { seq: 1, destination: "a" };
const RECORD = attempt(KEY);
const REQUEUE = { keys: [KEY], dueAtMs: 5 };

/** Lets everything happen that can happen now. */
async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

Deno.test("accept() shares a batch with what arrives in the same turn", async () => {
  const { writer, store } = setup();
  const results = acceptAll(store, "abc");
  const batch = await writer.next();
  assertEquals(batch.ids, ["a", "b", "c"]);
  batch.succeed([false, true, false]);
  assertEquals(await results, [STORED, DUPLICATE, STORED]);
});

Deno.test("accept() gathers the next batch while one is written", async () => {
  const { writer, store } = setup();
  const first = acceptAll(store, "a");
  const batch = await writer.next();
  const second = acceptAll(store, "bc");
  await turn();
  const third = acceptAll(store, "d");
  await turn();
  assertFalse(writer.hasBatch, "one batch at a time");
  batch.succeed();
  assertEquals(await first, [STORED]);
  const next = await writer.next();
  assertEquals(next.ids, ["b", "c", "d"]);
  next.succeed();
  assertEquals([...await second, ...await third], Array(3).fill(STORED));
});

Deno.test("accept() answers nothing before its batch is written", async () => {
  const { writer, store } = setup();
  let answered = 0;
  const results = acceptAll(store, "ab").then(() => answered++);
  const batch = await writer.next();
  await turn();
  assertEquals(answered, 0);
  batch.succeed();
  await results;
});

Deno.test("accept() starts again after the writer was idle", async () => {
  const { writer, store } = setup();
  for (const id of "abc") {
    const result = acceptAll(store, id);
    const batch = await writer.next();
    assertEquals(batch.ids, [id]);
    batch.succeed();
    assertEquals(await result, [STORED]);
    await turn();
  }
});

Deno.test("accept() fails for all of a batch that failed, and for no other", async () => {
  const { writer, store, failures } = setup();
  const first = acceptAll(store, "abc");
  const batch = await writer.next();
  const second = acceptAll(store, "de");
  const fault = new Error("disk");
  batch.fail(fault);
  assertEquals(await first, [FAILED, FAILED, FAILED]);
  assertEquals(failures, [fault]);
  (await writer.next()).succeed();
  assertEquals(await second, [STORED, STORED]);
  const third = acceptAll(store, "a");
  (await writer.next()).succeed();
  assertEquals(await third, [STORED]);
  assertEquals(failures.length, 1);
});

Deno.test("accept() fills batches in order of arrival up to their limit", async () => {
  const table: [name: string, sizes: number[], batches: number[]][] = [
    ["exactly full", [40, 60, 1], [2, 1]],
    ["one byte too many", [40, 61, 39], [1, 2]],
    ["a single larger body goes alone", [250, 1, 250], [1, 1, 1]],
    ["larger behind smaller", [1, 250, 1], [1, 1, 1]],
    ["empty ones cost nothing", [100, 0, 0, 0], [4]],
  ];
  for (const [name, sizes, expected] of table) {
    const { writer, store } = setup();
    const results = sizes.map((size, i) =>
      store.accept(delivery(`evt_${i}`, { body: new Uint8Array(size) }))
    );
    const ids: string[] = [];
    for (const count of expected) {
      const batch = await writer.next();
      assertEquals(batch.ids.length, count, name);
      ids.push(...batch.ids);
      batch.succeed();
    }
    assertEquals(ids, sizes.map((_, i) => `evt_${i}`), name);
    assertEquals(await Promise.all(results), sizes.map(() => STORED), name);
  }
});

Deno.test("accept() refuses what would wait beyond the limit, until it is written", async () => {
  const { writer, store } = setup({ waitingBytesMax: 3 * (10 + 1_024) });
  const first = acceptAll(store, "abcd");
  assertEquals(await store.accept(delivery("e")), OVERLOADED);
  const batch = await writer.next();
  const second = acceptAll(store, "fghi");
  await turn();
  batch.succeed();
  assertEquals(await first, [STORED, STORED, STORED, OVERLOADED]);
  (await writer.next()).succeed();
  assertEquals(await second, [STORED, STORED, STORED, OVERLOADED]);
});

Deno.test("accept() frees the room of a batch that failed", async () => {
  const { writer, store } = setup({ waitingBytesMax: 3 * (10 + 1_024) });
  for (let i = 0; i < 5; i++) {
    const results = acceptAll(store, "abc");
    (await writer.next()).fail(new Error("disk"));
    assertEquals(await results, [FAILED, FAILED, FAILED]);
  }
});

Deno.test("record() and requeue() go with deliveries in one batch", async () => {
  const { writer, store } = setup();
  const other = attempt({ seq: 2, destination: "b" }, { status: "dead" });
  const records = [store.record(RECORD)];
  const [first, second] = [acceptAll(store, "a"), acceptAll(store, "b")];
  const requeues = [store.requeue(REQUEUE)];
  records.push(store.record(other));
  const third = store.accept(delivery("c"), ["a", "b"]);
  const { batch, succeed } = await writer.next();
  const taken = batch.acceptances.map(({ delivery, destinations }) => [
    delivery.id,
    ...destinations,
  ]);
  assertEquals(taken, [["a"], ["b"], ["c", "a", "b"]]);
  assertEquals(batch.records, [RECORD, other]);
  assertEquals(batch.requeues, [REQUEUE]);
  succeed([false, true, false]);
  // Each delivery hears of itself, whatever stands between them.
  assertEquals([...await first, ...await second], [STORED, DUPLICATE]);
  assertEquals(await third, STORED);
  assertEquals(await Promise.all([...records, ...requeues]), [
    true,
    true,
    true,
  ]);
  assertEquals(writer.calls, ["commit 3"]);
});

Deno.test("record() and requeue() gather while a batch is written", async () => {
  const { writer, store } = setup();
  const first = store.record(RECORD);
  const batch = await writer.next();
  assertEquals([batch.ids, batch.batch.records], [[], [RECORD]]);
  const results = [store.requeue(REQUEUE), store.record(RECORD)];
  await turn();
  assertFalse(writer.hasBatch, "one batch at a time");
  batch.succeed();
  assertEquals(await first, true);
  const next = await writer.next();
  assertEquals(next.batch.records.length, 1);
  next.succeed();
  assertEquals(await Promise.all(results), [true, true]);
});

Deno.test("record() and requeue() answer nothing before their batch is written", async () => {
  const { writer, store } = setup();
  let answered = 0;
  const results = [store.record(RECORD), store.requeue(REQUEUE)].map((one) =>
    one.then(() => answered++)
  );
  const batch = await writer.next();
  await turn();
  assertEquals(answered, 0);
  batch.succeed();
  await Promise.all(results);
});

Deno.test("record() and requeue() fail together with the deliveries beside them", async () => {
  const { writer, store, failures } = setup();
  const accepted = acceptAll(store, "a");
  const written = [store.record(RECORD), store.requeue(REQUEUE)];
  const fault = new Error("disk");
  (await writer.next()).fail(fault);
  assertEquals(await accepted, [FAILED]);
  assertEquals(await Promise.all(written), [false, false]);
  assertEquals(failures, [fault]);
  const again = store.record(RECORD);
  (await writer.next()).succeed();
  assertEquals(await again, true);
});

Deno.test("record() takes no room from deliveries, in a batch or while waiting", async () => {
  const { writer, store } = setup({ waitingBytesMax: 10 + 1_024 });
  const output = "x".repeat(4_096);
  const large = store.record(attempt(KEY, { output }));
  const accepted = acceptAll(store, "ab");
  const batch = await writer.next();
  assertEquals([batch.ids, batch.batch.records.length], [["a"], 1]);
  batch.succeed();
  assertEquals(await large, true);
  assertEquals(await accepted, [STORED, OVERLOADED]);
});

Deno.test("accept() of a body larger than a batch follows what came before it", async () => {
  const { writer, store } = setup();
  const record = store.record(RECORD);
  const accepted = acceptAll(store, "a", 250);
  const requeue = store.requeue(REQUEUE);
  const [first, second] = [await writer.next(), writer.next()];
  assertEquals([first.ids, first.batch.records], [[], [RECORD]]);
  first.succeed();
  assertEquals(await record, true);
  assertEquals((await second).ids, ["a"]);
  (await second).succeed();
  assertEquals([...await accepted, await requeue], [STORED, true]);
});

Deno.test("close() finishes records and requeues, and refuses later ones", async () => {
  const { writer, store } = setup();
  const begun = [store.record(RECORD), store.requeue(REQUEUE)];
  const closed = store.close();
  assertEquals(await store.record(RECORD), false);
  assertEquals(await store.requeue(REQUEUE), false);
  (await writer.next()).succeed();
  await closed;
  assertEquals(await Promise.all(begun), [true, true]);
  assertEquals(writer.calls, ["commit 0", "close"]);
  assertEquals(await store.record(RECORD), false);
});

Deno.test("close() waits for what was accepted, then closes the writer once", async () => {
  const { writer, store } = setup({ batchBytesMax: 10 });
  const results = acceptAll(store, "ab");
  const closed = Promise.all([store.close(), store.close()]);
  assertEquals(await acceptAll(store, "c"), [FAILED]);
  assertEquals(await store.probe(), false);
  (await writer.next()).succeed();
  assertFalse(writer.calls.includes("close"));
  (await writer.next()).succeed();
  await closed;
  await store.close();
  assertEquals(await results, [STORED, STORED]);
  assertEquals(writer.calls, ["commit 1", "commit 1", "close"]);
});

Deno.test("close() closes the writer after a batch that failed", async () => {
  const { writer, store } = setup();
  const results = acceptAll(store, "a");
  const closed = store.close();
  (await writer.next()).fail(new Error("disk"));
  await closed;
  assertEquals(await results, [FAILED]);
  assert(writer.calls.includes("close"));
});

Deno.test("probe() tells whether the writer can write, and why not", async () => {
  const { writer, store, failures } = setup();
  assertEquals(await store.probe(), true);
  writer.probeFault = new Error("disk");
  assertEquals(await store.probe(), false);
  assertEquals(failures, [writer.probeFault]);
  writer.probeFault = undefined;
  assertEquals(await store.probe(), true);
});

Deno.test("groupCommit() tells of each batch that is durable, and of no other", async () => {
  const { writer, store, commits } = setup();
  const results = Promise.all([
    acceptAll(store, "ab"),
    store.record(RECORD),
    store.requeue(REQUEUE),
  ]);
  const first = await writer.next();
  const later = store.accept(delivery("c"));
  await turn();
  assertEquals(commits, [], "nothing is durable yet");
  first.succeed([false, true]);
  await results;
  (await writer.next()).fail(new Error("full"));
  assertEquals(await later, FAILED);
  assertEquals(commits.map(({ size }) => size), [4]);
  assert(commits[0]!.durationMs >= 0);
  await store.close();
});

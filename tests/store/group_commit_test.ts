import { assert, assertEquals, assertFalse } from "@std/assert";
import { setImmediate } from "node:timers";
import { groupCommit } from "../../lib/store/group_commit.ts";
import type { Store } from "../../lib/store/store.ts";
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
  const store = groupCommit(writer, {
    batchBytesMax: 100,
    onFailure: (error) => failures.push(error),
    ...limits,
  });
  return { writer, store, failures };
}

/** Accepts deliveries of a size, `a` before `b`. */
function acceptAll(store: Store, ids: string, bytes = 10) {
  return Promise.all(
    [...ids].map((id) =>
      store.accept(delivery(id, { body: new Uint8Array(bytes) }))
    ),
  );
}

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

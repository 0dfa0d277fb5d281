import { assert, assertEquals, assertFalse } from "@std/assert";
import { GroupCommit } from "../../lib/store/group_commit.ts";
import type { CommitInfo } from "../../lib/store/client_options.ts";
import {
  HandDrivenWriter,
  type SizedWrite,
} from "../support/hand_driven_writer.ts";
import { turns } from "../support/turns.ts";

const FAILED = { ok: false, reason: "failed" } as const;
const POISON = new Error("of one write");
const OVERLOADED = { ok: false, reason: "overloaded" } as const;

function stored(...results: string[]) {
  return results.map((result) => ({ ok: true, result }) as const);
}

function setup(
  limits: { batchBytesMax?: number; waitingBytesMax?: number } = {},
) {
  const writer = new HandDrivenWriter();
  const failures: unknown[] = [];
  const commits: CommitInfo[] = [];
  const group = new GroupCommit<SizedWrite, string>({
    commit: writer.commit,
    bytesOf: ({ bytes }) => bytes,
    batchBytesMax: 100,
    isFaultOfWrite: (error) => error === POISON,
    onFailure: (error) => failures.push(error),
    onCommit: (info) => commits.push(info),
    ...limits,
  });
  /** Adds writes of a size, `a` before `b`. */
  const addAll = (ids: string, bytes = 10) =>
    Promise.all([...ids].map((id) => group.add({ id, bytes })));
  return { writer, group, failures, commits, addAll };
}

/** Lets everything happen that can happen now. */
const turn = () => turns(3);

Deno.test("add() shares a batch with writes of the same turn", async () => {
  const { writer, addAll } = setup();
  const results = addAll("abc");
  const batch = await writer.next();
  assertEquals(batch.ids, "a b c");
  batch.succeed();
  assertEquals(await results, stored("A", "B", "C"));
});

Deno.test("add() retries each write alone if one of them is at fault", async () => {
  const { writer, addAll, failures, commits } = setup();
  const results = addAll("abc");
  (await writer.next()).fail(POISON);
  for (const id of "abc") {
    const batch = await writer.next();
    assertEquals(batch.ids, id);
    if (id === "b") batch.fail(POISON);
    else batch.succeed();
  }
  assertEquals(await results, [...stored("A"), FAILED, ...stored("C")]);
  assertEquals(failures, [POISON]);
  assertEquals(commits.map(({ size }) => size), [1, 1]);
  assertFalse(writer.hasBatch);
});

Deno.test("add() gathers the next batch while one is written", async () => {
  const { writer, addAll } = setup();
  const first = addAll("a");
  const batch = await writer.next();
  const second = addAll("bc");
  await turn();
  const third = addAll("d");
  await turn();
  assertFalse(writer.hasBatch, "one batch at a time");
  batch.succeed();
  assertEquals(await first, stored("A"));
  const next = await writer.next();
  assertEquals(next.ids, "b c d");
  next.succeed();
  assertEquals([...await second, ...await third], stored("B", "C", "D"));
});

Deno.test("add() resolves only after its batch is written", async () => {
  const { writer, addAll } = setup();
  let answered = 0;
  const results = addAll("ab").then(() => answered++);
  const batch = await writer.next();
  await turn();
  assertEquals(answered, 0);
  batch.succeed();
  await results;
});

Deno.test("add() starts a new batch after an idle time", async () => {
  const { writer, addAll } = setup();
  for (const id of "abc") {
    const result = addAll(id);
    const batch = await writer.next();
    assertEquals(batch.ids, id);
    batch.succeed();
    assertEquals(await result, stored(id.toUpperCase()));
    await turn();
  }
});

Deno.test("add() fails for every write of a failed batch and no other", async () => {
  const { writer, addAll, failures } = setup();
  const first = addAll("abc");
  const batch = await writer.next();
  const second = addAll("de");
  const fault = new Error("disk");
  batch.fail(fault);
  assertEquals(await first, [FAILED, FAILED, FAILED]);
  assertEquals(failures, [fault]);
  (await writer.next()).succeed();
  assertEquals(await second, stored("D", "E"));
  const third = addAll("a");
  (await writer.next()).succeed();
  assertEquals(await third, stored("A"));
  assertEquals(failures.length, 1);
});

Deno.test("add() fills batches in order of arrival up to their limit", async () => {
  const table: [name: string, sizes: number[], batches: string[]][] = [
    ["exactly full", [40, 60, 1], ["0 1", "2"]],
    ["one byte too many", [40, 61, 39], ["0", "1 2"]],
    ["a single larger one goes alone", [250, 1, 250], ["0", "1", "2"]],
    ["larger behind smaller", [1, 250, 1], ["0", "1", "2"]],
    ["empty ones cost nothing", [100, 0, 0, 0], ["0 1 2 3"]],
  ];
  for (const [name, sizes, expected] of table) {
    const { writer, group } = setup();
    const results = sizes.map((bytes, i) => group.add({ id: `${i}`, bytes }));
    for (const ids of expected) {
      const batch = await writer.next();
      assertEquals(batch.ids, ids, name);
      batch.succeed();
    }
    const all = await Promise.all(results);
    assertEquals(all, stored(...sizes.map((_, i) => `${i}`)), name);
  }
});

Deno.test("add() refuses writes beyond the limit of waiting bytes", async () => {
  const { writer, addAll, group } = setup({ waitingBytesMax: 30 });
  const first = addAll("abcd");
  assertEquals(await group.add({ id: "e", bytes: 1 }), OVERLOADED);
  const free = group.add({ id: "x", bytes: 0 });
  const batch = await writer.next();
  assertEquals(batch.ids, "a b c x", "what something else bounds has room");
  const second = addAll("fghi");
  await turn();
  batch.succeed();
  assertEquals(await first, [...stored("A", "B", "C"), OVERLOADED]);
  assertEquals([await free], stored("X"));
  (await writer.next()).succeed();
  assertEquals(await second, [...stored("F", "G", "H"), OVERLOADED]);
});

Deno.test("add() frees the waiting bytes of a failed batch", async () => {
  const { writer, addAll } = setup({ waitingBytesMax: 30 });
  for (let i = 0; i < 5; i++) {
    const results = addAll("abc");
    (await writer.next()).fail(new Error("disk"));
    assertEquals(await results, [FAILED, FAILED, FAILED]);
  }
});

Deno.test("close() waits for added writes and refuses more", async () => {
  const { writer, addAll, group } = setup({ batchBytesMax: 10 });
  const results = addAll("ab");
  let isClosed = false;
  const closed = Promise.all([group.close(), group.close()]).then(() => {
    isClosed = true;
  });
  assertEquals(await addAll("c"), [FAILED]);
  (await writer.next()).succeed();
  await turn();
  assertFalse(isClosed);
  (await writer.next()).fail(new Error("disk"));
  await closed;
  await group.close();
  assertEquals(await results, [...stored("A"), FAILED]);
});

Deno.test("GroupCommit reports each durable batch and no other", async () => {
  const { writer, addAll, commits } = setup();
  const results = addAll("abc");
  const first = await writer.next();
  const later = addAll("d");
  await turn();
  assertEquals(commits, [], "nothing is durable yet");
  first.succeed();
  await results;
  (await writer.next()).fail(new Error("full"));
  assertEquals(await later, [FAILED]);
  assertEquals(commits.map(({ size }) => size), [3]);
  assert(commits[0]!.durationMs >= 0);
});

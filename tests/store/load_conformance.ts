import { assert, assertEquals } from "@std/assert";
import { type DispatchKey, UNDATED_MS } from "../../lib/store/outbox.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries, delivery, randomBytes } from "../support/deliveries.ts";
import type { OpenStore } from "../support/open_store.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { type StoreAdapter, storeTests } from "../support/store_adapter.ts";
import { StoreModel } from "../support/store_model.ts";
import { workAtRandom } from "../support/work_at_random.ts";

/** Registers what every adapter must do to dispatch again, and with what. */
export function testLoad(adapter: StoreAdapter): void {
  testRequeue(adapter);
  testBytes(adapter);
  testStale(adapter);
}

function testRequeue(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("requeue() makes any dispatch pending", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b", "c"]);
    const failed = { number: 3, failures: 3, dueAtMs: 5 };
    const dead = { ...failed, status: "dead" } as const;
    const waiting = { ...failed, status: "pending" } as const;
    await open.record(attempt({ seq, destination: "a" }, { number: 2 }));
    await open.record(attempt({ seq, destination: "b" }, dead));
    await open.record(attempt({ seq, destination: "c" }, waiting));
    const before = await open.get("evt_1");
    await open.requeue(keysOf(seq, "abc"), 77);
    for (const [destination, attempts] of [["a", 2], ["b", 3], ["c", 3]]) {
      const [found] = await open.pending(String(destination));
      assertEquals(
        [found?.dueAtMs, found?.attempts, found?.failures],
        [77, Number(attempts), 0],
      );
    }
    const after = await open.get("evt_1");
    assertEquals(after.row.status, "pending");
    assertEquals(
      after.dispatches.map(({ attempts }) => attempts),
      before.dispatches.map(({ attempts }) => attempts),
    );
    const next = { number: 4, replays: 1 };
    await open.record(attempt({ seq, destination: "b" }, next));
    const { attempts } = (await open.get("evt_1")).dispatches[1]!;
    assertEquals(attempts.map(({ number }) => number), [3, 4]);
  });

  test("requeue() creates missing dispatches", async (open) => {
    const none = await open.accept(delivery("evt_1"));
    const some = await open.accept(delivery("evt_2"), ["a"]);
    await open.record(attempt({ seq: some, destination: "a" }));
    await open.requeue([...keysOf(none, "ab"), ...keysOf(some, "b")], 77);
    assertEquals(
      await open.statusesOf("evt_1"),
      "pending: a pending, b pending",
    );
    assertEquals(await open.statusesOf("evt_2"), "pending: a done, b pending");
    const { createdAtMs, receivedAtMs, objectId } = delivery("evt_1");
    assertEquals(await open.pending("a"), [{
      seq: none,
      objectId,
      orderMs: createdAtMs!,
      dueAtMs: 77,
      plannedAtMs: receivedAtMs,
      attempts: 0,
      failures: 0,
      replays: 0,
    }]);
  });

  test("requeue() with onlyUnfinished skips what is done", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b", "c"]);
    const failed = { number: 3, failures: 3, dueAtMs: 5 };
    await open.record(attempt({ seq, destination: "a" }, { number: 2 }));
    for (const [destination, status] of [["b", "dead"], ["c", "pending"]]) {
      const key = { seq, destination: destination! };
      const standing = { status: status as "dead" | "pending" };
      await open.record(attempt(key, { ...failed, ...standing }));
    }
    const keys = keysOf(seq, "abcd");
    const requeue = { keys, dueAtMs: 77, onlyUnfinished: true };
    assert(await open.store.requeue(requeue));
    assertEquals(
      await open.statusesOf("evt_1"),
      "pending: a done, b pending, c pending",
    );
    for (const [destination, replays] of [["b", 1], ["c", 0]] as const) {
      const [found] = await open.pending(destination);
      const { dueAtMs, attempts, failures } = found!;
      assertEquals([dueAtMs, attempts, failures], [77, 3, 0]);
      assertEquals(found!.replays, replays);
    }
    // An attempt of `c` was in flight: that it succeeded counts.
    await open.record(attempt({ seq, destination: "c" }, { number: 4 }));
    assertEquals(
      await open.statusesOf("evt_1"),
      "pending: a done, b pending, c done",
    );
  });

  test("requeue() skips unknown events and repeated keys", async (open) => {
    const seq = await open.accept(delivery("evt_1"));
    const unknown = [0, -1, seq + 1, 999].flatMap((one) => keysOf(one, "a"));
    await open.requeue([], 77);
    await open.requeue(unknown, 77);
    assertEquals(await open.pendingCounts(), {});
    const known = keysOf(seq, "aaba");
    await open.requeue([...known, ...unknown, ...known], 78);
    assertEquals(
      await open.statusesOf("evt_1"),
      "pending: a pending, b pending",
    );
    assertEquals(await open.pendingCounts(), { a: 1, b: 1 });
    // Had it been dispatched in advance, this one would be pending.
    await open.accept(delivery("evt_2"));
    assertEquals(await open.statusesOf("evt_2"), "none: ");
  });
}

function testBytes(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("load() returns all that an attempt needs, byte for byte", async (open) => {
    const random = new SeededRandom(3);
    const sent = [
      delivery("evt_1", {
        body: Uint8Array.from({ length: 256 }, (_, i) => i),
      }),
      delivery("evt_2", { body: randomBytes(200_000, random) }),
      delivery("evt_3", { body: new Uint8Array(1), contentType: null }),
      delivery("evt_4", { body: new Uint8Array(), objectId: null }),
      delivery("evt_5", {
        attemptsMade: 3,
        attemptsLeft: null,
        firstAttemptedAtMs: 1_708_040_897_000,
      }),
    ];
    for (const one of sent) {
      const seq = await open.accept(one, ["a"]);
      const loaded = await open.load({ seq, destination: "a" });
      const { body, ...rest } = loaded;
      assertEquals(rest, {
        eventId: one.id,
        eventName: one.name,
        objectId: one.objectId,
        contentType: one.contentType,
        delivery: {
          attemptsMade: one.attemptsMade,
          attemptsLeft: one.attemptsLeft,
          firstAttemptedAtMs: one.firstAttemptedAtMs,
        },
        isStale: false,
      });
      assert(body.length === one.body.length);
      assert(body.every((byte, i) => byte === one.body[i]), one.id);
    }
  });

  test("load() returns undefined unless the dispatch is pending", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b"]);
    await open.accept(delivery("evt_2"));
    const isLoaded = async (key: DispatchKey) =>
      await open.loadAny(key) !== undefined;
    const [a, b] = keysOf(seq, "ab") as [DispatchKey, DispatchKey];
    assert(await isLoaded(a));
    await open.record(attempt(a, { status: "pending", failures: 1 }));
    assert(await isLoaded(a));
    await open.record(attempt(a));
    await open.record(attempt(b, { status: "dead" }));
    for (
      const key of [a, b, ...keysOf(seq, "c"), ...keysOf(seq + 1, "a")]
    ) {
      assertEquals(await isLoaded(key), false, JSON.stringify(key));
    }
    await open.requeue([a, b], 1);
    assert(await isLoaded(a) && await isLoaded(b));
  });
}

function testStale(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("load() reports what is stale", async (open) => {
    const at = (id: string, createdAtMs: number | null, objectId = "inq_1") =>
      delivery(id, { createdAtMs, objectId, receivedAtMs: 20 });
    const none = { ...at("evt_none", 99), objectId: null };
    // Each stands on the far side of the event at 20 that is asked about.
    const table: [name: string, other: ReturnType<typeof at>, boolean][] = [
      ["created later", at("evt_a", 21), true],
      ["created earlier, received later", at("evt_b", 19), false],
      ["created at once, received later", at("evt_c", 20), true],
      ["without a time, received at once", at("evt_d", null), false],
      ["of another object", at("evt_e", 99, "inq_2"), false],
      ["of an object that looks alike", at("evt_f", 99, "INQ_1"), false],
      ["of no object", none, false],
    ];
    const early = await open.accept(at("evt_early", 20), ["a"]);
    const seq = await open.accept(at("evt_0", 20), ["a", "b"]);
    const asked = { seq, destination: "a" };
    const isStale = async () => (await open.load(asked)).isStale;
    await open.record(attempt({ seq: early, destination: "a" }));
    assertEquals(await isStale(), false, "created at once, received earlier");
    for (const [name, other, expected] of table) {
      const key = { seq: await open.accept(other, ["a"]), destination: "a" };
      assertEquals(await isStale(), false, `${name}: not yet`);
      await open.record(attempt(key, { status: "dead" }));
      assertEquals(await isStale(), false, `${name}: dead`);
      await open.requeue([{ ...key, destination: "b" }], 1);
      await open.record(attempt({ ...key, destination: "b" }));
      assertEquals(await isStale(), false, `${name}: done elsewhere`);
      await open.requeue([key], 1);
      await open.record(attempt(key, { number: 2, replays: 1 }));
      assertEquals(await isStale(), expected, name);
      await open.requeue([key], 1);
      assertEquals(await isStale(), false, `${name}: to be done again`);
    }
  });

  test("load() treats an event without a time as neither stale nor newer", async (open) => {
    const sent = deliveries(3).map((one, i) => ({
      ...one,
      createdAtMs: i === 1 ? null : 1_000 + i,
    }));
    const seqs: number[] = [];
    for (const one of sent) seqs.push(await open.accept(one, ["a"]));
    const [first, undated, last] = seqs.map((seq) => ({
      seq,
      destination: "a",
    })) as [DispatchKey, DispatchKey, DispatchKey];
    const order = (await open.pending("a")).map(({ orderMs }) => orderMs);
    assertEquals(order, [1_000, UNDATED_MS, 1_002]);
    await open.record(attempt(undated));
    assertEquals((await open.load(first)).isStale, false);
    await open.requeue([undated], 1);
    await open.record(attempt(last));
    assertEquals((await open.load(first)).isStale, true);
    assertEquals((await open.load(undated)).isStale, false);
  });

  test("load() has no object for an event without one", async (open) => {
    const sent = deliveries(2).map((one) => ({ ...one, objectId: null }));
    const [seq = 0, newer = 0] = [
      await open.accept(sent[0]!, ["a"]),
      await open.accept(sent[1]!, ["a"]),
    ];
    await open.record(attempt({ seq: newer, destination: "a" }));
    const loaded = await open.load({ seq, destination: "a" });
    assertEquals([loaded.objectId, loaded.isStale], [null, false]);
  });

  test("load() reports staleness after any sequence of changes", async (open) => {
    const random = new SeededRandom(4);
    const model = new StoreModel();
    let stale = 0;
    for (let round = 0; round < 20; round++) {
      await workAtRandom(open, model, random, 12);
      stale += await assertStaleness(open, model);
    }
    assert(stale > 50, `only ${stale} were stale`);
  });
}

/** Asks about every pending dispatch: how many are stale. */
async function assertStaleness(
  open: OpenStore,
  model: StoreModel,
): Promise<number> {
  let stale = 0;
  for (const { seq, destination, event } of model.dispatches("pending")) {
    const key = { seq, destination };
    const { isStale } = await open.load(key);
    assertEquals(isStale, model.isStale(key), `${event.id} at ${destination}`);
    if (isStale) stale++;
  }
  return stale;
}

function keysOf(seq: number, destinations: string): DispatchKey[] {
  return [...destinations].map((destination) => ({ seq, destination }));
}

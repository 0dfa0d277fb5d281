import { assert, assertEquals } from "@std/assert";
import {
  type AttemptRecord,
  type PendingDispatch,
  UNDATED_MS,
} from "../../lib/store/outbox.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries, delivery, idOf } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import {
  placeTests,
  type StoreAdapter,
  storeTests,
} from "../support/store_adapter.ts";

const DUPLICATE = { ok: true, duplicate: true } as const;
const RECEIVED_AT_MS = delivery("evt_1").receivedAtMs;

/** Registers what every adapter must keep of dispatches and attempts. */
export function testDispatches(adapter: StoreAdapter): void {
  testAccept(adapter);
  testPending(adapter);
  testRecord(adapter);
}

function testAccept(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("accept() makes an event pending at each destination", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["b", "a", "é '--"]);
    const { row, dispatches } = await open.get("evt_1");
    assertEquals(row.status, "pending");
    const due = {
      status: "pending",
      dueAtMs: RECEIVED_AT_MS,
      attemptCount: 0,
    } as const;
    const states = ["a", "b", "é '--"].map((destination) => ({
      destination,
      ...due,
    }));
    assertEquals(dispatches, states.map((one) => ({ ...one, attempts: [] })));
    assertEquals(await open.reader.dispatches([seq]), new Map([[seq, states]]));
    assertEquals(await open.pendingCounts(), { a: 1, b: 1, "é '--": 1 });
  });

  test("accept() dispatches no duplicate, whatever its destinations", async (open) => {
    await open.accept(delivery("evt_1"), ["a"]);
    await open.accept(delivery("evt_2"));
    for (const id of ["evt_1", "evt_2"]) {
      for (const destinations of [["a"], ["a", "b"], []]) {
        const result = await open.store.accept(delivery(id), destinations);
        assertEquals(result, DUPLICATE);
      }
    }
    const copies = Array.from(
      { length: 50 },
      () => open.store.accept(delivery("evt_3"), ["a", "b"]),
    );
    assertEquals((await Promise.all(copies))[49], DUPLICATE);
    assertEquals(await open.statusesOf("evt_1"), "pending: a pending");
    assertEquals(await open.statusesOf("evt_2"), "none: ");
    const both = "pending: a pending, b pending";
    assertEquals(await open.statusesOf("evt_3"), both);
    assertEquals(await open.pendingCounts(), { a: 2, b: 1 });
  });

  test("accept() shows no event without its dispatches", async (open) => {
    let isAccepting = true;
    const accepting = (async () => {
      for (let start = 0; start < 200; start += 10) {
        const sent = deliveries(10, start);
        await Promise.all(sent.map((one) => open.store.accept(one, ["a"])));
      }
      isAccepting = false;
    })();
    do {
      const rows = await open.reader.list({ limit: 1_000 });
      assert(rows.every(({ status }) => status === "pending"));
      await new Promise((resolve) => setTimeout(resolve));
    } while (isAccepting);
    await accepting;
    assertEquals(await open.pendingCounts(), { a: 200 });
  });
}

function testPending(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("pending() returns all that the schedule needs", async (open) => {
    const created = await open.accept(
      delivery("evt_1", { createdAtMs: 5, receivedAtMs: 9, objectId: "inq_9" }),
      ["a"],
    );
    const received = await open.accept(
      delivery("evt_2", { createdAtMs: null, receivedAtMs: 7, objectId: null }),
      ["b", "a"],
    );
    const before = await open.accept(
      delivery("evt_3", { createdAtMs: -1, receivedAtMs: 8 }),
      ["b"],
    );
    const fresh = { attempts: 0, failures: 0, replays: 0 };
    const second: PendingDispatch = {
      seq: received,
      objectId: null,
      orderMs: UNDATED_MS,
      dueAtMs: 7,
      plannedAtMs: 7,
      ...fresh,
    };
    assertEquals(await open.pending("a"), [
      {
        seq: created,
        objectId: "inq_9",
        orderMs: 5,
        dueAtMs: 9,
        plannedAtMs: 9,
        ...fresh,
      },
      second,
    ]);
    assertEquals(await open.pending("b"), [
      second,
      {
        seq: before,
        objectId: "inq_1",
        orderMs: -1,
        dueAtMs: 8,
        plannedAtMs: 8,
        ...fresh,
      },
    ]);
    for (const other of ["", "c", "A", "a ", "%", "*"]) {
      assertEquals(await open.pending(other), [], other);
    }
  });

  test("pending() pages in order of arrival", async (open) => {
    const seqs: number[] = [];
    for (let n = 0; n < 25; n++) {
      // Created the other way round, which is none of this order's business.
      const one = delivery(idOf(n), { createdAtMs: 100 - n });
      const seq = await open.accept(one, n % 3 === 0 ? ["b"] : ["a", "b"]);
      if (n % 3 !== 0) seqs.push(seq);
    }
    const outbox = await open.outbox("a");
    for (const limit of [1, 4, 16, 100]) {
      const found: number[] = [];
      while (true) {
        const afterSeq = found.at(-1) ?? 0;
        const page = await outbox.pending({ afterSeq, limit });
        const expected = Math.min(limit, seqs.length - found.length);
        assertEquals(page.length, expected);
        if (page.length === 0) break;
        found.push(...page.map(({ seq }) => seq));
      }
      assertEquals(found, seqs, `${limit} at a time`);
    }
  });

  test("pendingCounts() counts pending dispatches by destination", async (open) => {
    assertEquals(await open.pendingCounts(), {});
    const seq = await open.accept(delivery("evt_1"), ["a", "b", "c"]);
    await open.accept(delivery("evt_2"), ["a"]);
    await open.accept(delivery("evt_3"));
    assertEquals(await open.pendingCounts(), { a: 2, b: 1, c: 1 });
    await open.record(attempt({ seq, destination: "a" }));
    await open.record(attempt({ seq, destination: "b" }, { status: "dead" }));
    assertEquals(await open.pendingCounts(), { a: 1, c: 1 });
  });
}

function testRecord(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("record() replaces the record of the same attempt", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b"]);
    const begun = {
      outcome: "unfinished",
      status: "dead",
      failures: 3,
    } as const;
    for (const destination of ["a", "b"]) {
      await open.record(attempt({ seq, destination }, begun));
    }
    assertEquals(await open.statusesOf("evt_1"), "dead: a dead, b dead");
    const { attempts: news } = await open.reader.news(
      { seq: 0, attemptSeq: 0 },
      9,
    );
    assertEquals(news, [], "what has only begun is no news");
    await open.record(attempt({ seq, destination: "a" }, { output: "ended" }));
    assertEquals(await open.statusesOf("evt_1"), "dead: a done, b dead");
    const { dispatches } = await open.get("evt_1");
    assertEquals(
      dispatches.map(({ attempts }) =>
        attempts.map(({ number, outcome, output }) => [number, outcome, output])
      ),
      [[[1, "ok", "ended"]], [[1, "unfinished", ""]]],
    );
  });

  test("record() of the same attempt again is news after the end", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a"]);
    const key = { seq, destination: "a" };
    for (const code of [null, 500, 200]) {
      const cursor = await open.reader.end();
      const outcome = code === null ? "unfinished" : "ok";
      await open.record(attempt(key, { outcome, code, status: "pending" }));
      const { attempts } = await open.reader.news(cursor, 9);
      const expected = code === null ? [] : [code];
      assertEquals(attempts.map(({ code }) => code), expected);
    }
    const [dispatch] = (await open.get("evt_1")).dispatches;
    assertEquals(dispatch?.attempts.length, 1);
  });

  test("record() updates a dispatch", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b", "c"]);
    const steps: [destination: string, Partial<AttemptRecord>, string][] = [
      ["b", { status: "done" }, "pending: a pending, b done, c pending"],
      ["a", { status: "done" }, "pending: a done, b done, c pending"],
      [
        "c",
        { status: "pending", dueAtMs: RECEIVED_AT_MS + 5_000, failures: 1 },
        "pending: a done, b done, c pending",
      ],
      [
        "c",
        { status: "dead", number: 2, failures: 2 },
        "dead: a done, b done, c dead",
      ],
    ];
    for (const [destination, changes, expected] of steps) {
      await open.record(attempt({ seq, destination }, changes));
      assertEquals(await open.statusesOf("evt_1"), expected);
    }
    assertEquals(await open.pendingCounts(), {});
  });

  test("record() keeps the due time, attempts and failures", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b"]);
    // Attempts that are no failure count as well.
    for (const [number, failures] of [[1, 1], [2, 1], [3, 2]] as const) {
      const dueAtMs = RECEIVED_AT_MS + number * 1_000;
      const status = "pending";
      const startedAtMs = RECEIVED_AT_MS + number * 500;
      const endedAtMs = startedAtMs + 12;
      await open.record(
        attempt(
          { seq, destination: "a" },
          { number, status, dueAtMs, failures, startedAtMs, durationMs: 12 },
        ),
      );
      const [found] = await open.pending("a");
      assertEquals(found, {
        seq,
        objectId: "inq_1",
        orderMs: delivery("evt_1").createdAtMs!,
        dueAtMs,
        plannedAtMs: endedAtMs,
        attempts: number,
        failures,
        replays: 0,
      });
      const { dispatches } = await open.get("evt_1");
      assertEquals(
        dispatches.map(({ dueAtMs }) => dueAtMs),
        [dueAtMs, RECEIVED_AT_MS],
      );
    }
    await open.record(
      attempt({ seq, destination: "a" }, { number: 4, dueAtMs: 99 }),
    );
    const { dispatches } = await open.get("evt_1");
    assertEquals(dispatches[0]?.dueAtMs, null, "done: it is never due");
    assertEquals((await open.pending("b"))[0]?.attempts, 0);
  });

  test("record() keeps the state that a concurrent replay set", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b"]);
    const key = { seq, destination: "a" };
    const statuses = ["done", "dead", "pending"] as const;
    for (const [replays, status] of statuses.entries()) {
      const dueAtMs = 1_000 + replays;
      assert(await open.store.requeue({ keys: [key], dueAtMs }));
      const number = replays + 1;
      const changes = { replays, number, status, failures: 1, dueAtMs: 9 };
      await open.record(attempt(key, changes));
      const [found] = await open.pending("a");
      assertEquals(
        [found?.dueAtMs, found?.attempts, found?.failures, found?.replays],
        [dueAtMs, number, 0, number],
      );
    }
    await open.record(attempt(key, { replays: 3, number: 4 }));
    assertEquals(await open.statusesOf("evt_1"), "pending: a done, b pending");
    const [{ attempts } = {}] = (await open.get("evt_1")).dispatches;
    assertEquals(attempts?.map(({ number }) => number), [1, 2, 3, 4]);
  });

  test("lastAttempts() returns those of one destination, oldest first", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b"]);
    const other = await open.accept(delivery("evt_2"), ["a"]);
    const a = { seq, destination: "a" };
    assertEquals(await (await open.outbox("a")).lastAttempts(), []);
    const failed = { outcome: "status", code: 503, status: "pending" } as const;
    await open.record(attempt(a, { ...failed, startedAtMs: 5, durationMs: 7 }));
    await open.record(attempt({ ...a, destination: "b" }));
    const next = { number: 2, startedAtMs: 4, outcome: "timeout", code: null };
    await open.record(attempt({ ...a, seq: other }, next));
    assertEquals(await (await open.outbox("a")).lastAttempts(), [
      { seq, outcome: "status", code: 503, endedAtMs: 12 },
      { seq: other, outcome: "timeout", code: null, endedAtMs: 16 },
    ]);
    for (let number = 2; number < 1_002; number++) {
      await open.record(attempt({ ...a, destination: "b" }, { number }));
    }
    assertEquals(await (await open.outbox("a")).lastAttempts(), []);
    assertEquals((await (await open.outbox("b")).lastAttempts()).length, 1_000);
  });

  test("record() lists attempts with their event, in order", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b"]);
    const other = await open.accept(delivery("evt_2"), ["a"]);
    const tries = [
      { number: 1, startedAtMs: 5, durationMs: 0, outcome: "http-500" },
      { number: 2, startedAtMs: 4, durationMs: 9, outcome: "timeout" },
      { number: 3, startedAtMs: 6, durationMs: 1, outcome: "ok" },
    ].map((one, i) => ({
      ...one,
      code: [500, null, 0][i]!,
      output: ["é\n\u{1f5dd} '\"\\", "", "x".repeat(4096)][i]!,
    }));
    for (const one of tries) {
      const { status, failures } = { status: "pending", failures: 1 } as const;
      const changes = { ...one, status, failures };
      await open.record(attempt({ seq, destination: "a" }, changes));
      await open.record(attempt({ seq: other, destination: "a" }, changes));
    }
    await open.record(attempt({ seq, destination: "b" }, tries[1]!));
    const { dispatches } = await open.get("evt_1");
    const attempts = dispatches.map(({ attempts }) => attempts);
    assertEquals(attempts, [tries, [tries[1]!]]);
    assertEquals((await open.get("evt_2")).dispatches[0]?.attempts, tries);
  });

  test("record() of an unknown dispatch changes nothing", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a"]);
    await open.accept(delivery("evt_2"));
    const before = await open.get("evt_1");
    for (
      const key of [
        { seq, destination: "b" },
        { seq: seq + 1, destination: "a" },
        { seq: seq + 99, destination: "a" },
        { seq: 0, destination: "a" },
        { seq: -1, destination: "" },
      ]
    ) {
      await open.record(attempt(key));
    }
    assertEquals(await open.get("evt_1"), before);
    assertEquals(await open.statusesOf("evt_2"), "none: ");
    assertEquals(await open.pendingCounts(), { a: 1 });
    assertEquals((await open.reader.end()).attemptSeq, 0);
  });

  test("record(), requeue() and accept() share a batch", async (open) => {
    const seqs: number[] = [];
    for (const one of deliveries(20)) seqs.push(await open.accept(one, ["a"]));
    const outbox = await open.outbox("a");
    const results = await Promise.all([
      ...seqs.map((seq) => outbox.record(attempt({ seq, destination: "a" }))),
      ...deliveries(20, 20).map(async (one) =>
        (await open.store.accept(one, ["a", "b"])).ok
      ),
      open.store.requeue({
        keys: seqs.map((seq) => ({ seq, destination: "b" })),
        dueAtMs: 1,
      }),
    ]);
    assert(results.every((isDurable) => isDurable));
    assertEquals(await open.pendingCounts(), { a: 20, b: 40 });
    const done = await open.reader.list({ status: "done", limit: 99 });
    assertEquals(done.length, 0, "all are pending at b");
    assertEquals((await open.reader.end()).attemptSeq, 20);
  });

  test("record() and requeue() after close() fail", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a"]);
    const outbox = await open.outbox("a");
    await open.outboxes.close();
    await open.store.close();
    const key = { seq, destination: "a" };
    assertEquals(await outbox.record(attempt(key)), false);
    const requeue = { keys: [key], dueAtMs: 1 };
    assertEquals(await open.store.requeue(requeue), false);
  });

  if (!adapter.isKept) return;

  placeTests(adapter)(
    "record() and requeue() are known to the next process",
    async (place) => {
      const first = new OpenStore(await place.open());
      const seqs: number[] = [];
      for (const one of deliveries(4)) {
        seqs.push(await first.accept(one, ["a"]));
      }
      const [, done = 0, dead = 0, again = 0] = seqs;
      const failed = { status: "dead", failures: 1, code: 500 } as const;
      const outbox = await first.outbox("a");
      // Not awaited: what was begun is finished.
      const begun = [
        outbox.record(attempt({ seq: done, destination: "a" })),
        outbox.record(attempt({ seq: dead, destination: "a" }, failed)),
        outbox.record(attempt({ seq: again, destination: "a" }, failed)),
        first.store.requeue({
          keys: [{ seq: again, destination: "a" }],
          dueAtMs: 77,
        }),
      ];
      await first.close();
      assertEquals(await Promise.all(begun), begun.map(() => true));

      const second = new OpenStore(await place.open());
      const statuses: string[] = [];
      for (let n = 0; n < 4; n++) {
        statuses.push((await second.get(idOf(n))).row.status);
      }
      assertEquals(statuses, ["pending", "done", "dead", "pending"]);
      const pending = await second.pending("a");
      assertEquals(
        pending.map(({ seq, dueAtMs, attempts, failures }) => [
          seq,
          dueAtMs,
          attempts,
          failures,
        ]),
        [[seqs[0], RECEIVED_AT_MS, 0, 0], [again, 77, 1, 0]],
      );
      const [dispatch] = (await second.get(idOf(3))).dispatches;
      assertEquals(dispatch?.attempts.map(({ code }) => code), [500]);
      await second.close();
    },
  );
}

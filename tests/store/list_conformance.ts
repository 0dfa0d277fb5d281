import { assert, assertEquals } from "@std/assert";
import type { EventFilter } from "../../lib/store/event_filter.ts";
import type {
  AttemptRow,
  Cursor,
  DispatchState,
  EventRow,
} from "../../lib/store/event_reader.ts";
import type { AttemptedStatus } from "../../lib/store/outbox.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries, delivery, idOf } from "../support/deliveries.ts";
import type { OpenStore } from "../support/open_store.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { type StoreAdapter, storeTests } from "../support/store_adapter.ts";
import { StoreModel } from "../support/store_model.ts";
import { NAMES, OBJECTS, workAtRandom } from "../support/work_at_random.ts";

/** Registers what every adapter must show of what it holds. */
export function testListing(adapter: StoreAdapter): void {
  testList(adapter);
  testNews(adapter);
}

function testList(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("list() filters by status, the worst of an event's dispatches", async (open) => {
    const table: [id: string, statuses: string, expected: string][] = [
      ["evt_1", "", "none"],
      ["evt_2", "a done, b done", "done"],
      ["evt_3", "a done, b pending", "pending"],
      ["evt_4", "a dead, b pending, c done", "dead"],
      ["evt_5", "a pending", "pending"],
      ["evt_6", "a dead", "dead"],
      ["evt_7", "a done, b dead", "dead"],
      ["evt_8", "a done", "done"],
      ["evt_9", "a ignored, b ignored", "none"],
      ["evt_10", "a done, b ignored", "done"],
      ["evt_11", "a ignored, b pending", "pending"],
    ];
    for (const [id, text] of table) {
      const states = text === "" ? [] : text.split(", ");
      const names = states.map((state) => state.charAt(0));
      const seq = await open.accept(delivery(id), names);
      for (const state of states) {
        const [destination = "", status] = state.split(" ");
        if (status === "pending") continue;
        await open.record(
          attempt({ seq, destination }, { status: status as AttemptedStatus }),
        );
      }
    }
    for (const [id, statuses, expected] of table) {
      assertEquals(await open.statusesOf(id), `${expected}: ${statuses}`);
    }
    for (const status of ["none", "done", "pending", "dead"] as const) {
      const expected = table.filter((row) => row[2] === status).map(([id]) =>
        id
      );
      assertEquals(await idsOf(open, { status }), expected.reverse(), status);
    }
  });

  test("list() filters by ids with any characters", async (open) => {
    const ids = ["evt_1", "EVT_1", "é", "e\u0301", "🗝", "1", "null", `["'\\`];
    for (const id of ids) await open.accept(delivery(id));
    for (const id of ids) assertEquals(await idsOf(open, { ids: [id] }), [id]);
    assertEquals(await idsOf(open, { ids }), ids.toReversed());
    assertEquals(await idsOf(open, { ids: ["🗝", "none", "🗝"] }), ["🗝"]);
    assertEquals(await idsOf(open, { ids: ["", "evt_", "*", "evt_1 "] }), []);
    assertEquals(await idsOf(open, { ids: [] }), []);
    const many = deliveries(1_000, 1).map(({ id }) => id);
    assertEquals(await idsOf(open, { ids: [...many, "1"] }), ["1"]);
  });

  test("idsWithPrefix() lists ids with a prefix in order", async (open) => {
    const ids = ["evt_a1", "evt_b", "evt_a2", "EVT_a", "evt_a1x", "%", "é1"];
    for (const id of ids) {
      await open.accept(delivery(id, { objectId: `of_${id}` }));
    }
    await open.accept(delivery("evt_c", { objectId: "of_evt_a1" }));
    const table: [prefix: string, found: string[]][] = [
      ["evt_a", ["evt_a1", "evt_a1x", "evt_a2"]],
      ["evt_a1", ["evt_a1", "evt_a1x"]],
      ["evt_a1x", ["evt_a1x"]],
      ["evt_a1xx", []],
      ["E", ["EVT_a"]],
      ["%", ["%"]],
      ["é", ["é1"]],
      ["e*", []],
    ];
    const find = (prefix: string, of: "event" | "object", limit = 9) =>
      open.reader.idsWithPrefix({ prefix, of, limit });
    for (const [prefix, found] of table) {
      assertEquals(await find(prefix, "event"), found, prefix);
      const objects = found.map((id) => `of_${id}`);
      assertEquals(await find(`of_${prefix}`, "object"), objects, prefix);
    }
    assertEquals(await find("evt_a", "event", 2), ["evt_a1", "evt_a1x"]);
  });

  test("list() pages with beforeSeq", async (open) => {
    for (const one of deliveries(10)) await open.accept(one);
    const found: EventRow[] = [];
    while (true) {
      const last = found.at(-1);
      const before = last && { beforeSeq: last.seq };
      const page = await open.reader.list({ ...before, limit: 4 });
      if (page.length === 0) break;
      found.push(...page);
    }
    assertEquals(found.map(({ id }) => id), tenNewestFirst());
  });

  test("list() agrees with a plain model on any filter", async (open) => {
    const random = new SeededRandom(5);
    const model = new StoreModel();
    let hits = 0;
    for (let round = 0; round < 10; round++) {
      await workAtRandom(open, model, random, 20);
      const all = await open.reader.list({ limit: 10_000 });
      for (const { seq, status } of all) {
        assertEquals(status, model.statusOf(seq));
      }
      for (let i = 0; i < 60; i++) {
        const filter = anyFilter(all, random);
        const rows = await open.reader.list(filter);
        const found = rows.map(({ id }) => id);
        assertEquals(found, model.list(filter), JSON.stringify(filter));
        hits += found.length;
      }
    }
    assert(hits > 500, `only ${hits} events were found at all`);
  });

  test("dispatches() returns those of the given events", async (open) => {
    const seqs: number[] = [];
    for (const one of deliveries(3)) {
      seqs.push(await open.accept(one, ["b", "a"]));
    }
    const [first = 0, second = 0, third = 0] = seqs;
    const none = await open.accept(delivery("evt_none"));
    await open.record(attempt({ seq: second, destination: "a" }));
    await open.record(
      attempt({ seq: second, destination: "b" }, { status: "dead" }),
    );
    const { receivedAtMs: dueAtMs } = delivery("evt_1");
    const pending: DispatchState[] = ["a", "b"].map((destination) => ({
      destination,
      status: "pending",
      dueAtMs,
      attemptCount: 0,
    }));
    const ended: DispatchState[] = [
      { destination: "a", status: "done", dueAtMs: null, attemptCount: 1 },
      { destination: "b", status: "dead", dueAtMs: null, attemptCount: 1 },
    ];
    const { reader } = open;
    const found = await reader.dispatches([third, second, none, 0, third, 999]);
    assertEquals([...found], [[second, ended], [third, pending]]);
    assertEquals([...await reader.dispatches([first])], [[first, pending]]);
    assertEquals(await reader.dispatches([]), new Map());
    assertEquals(await reader.dispatches([none]), new Map());
  });
}

function testNews(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("end() of an empty store is its beginning", async (open) => {
    const start = { seq: 0, attemptSeq: 0 };
    assertEquals(await open.reader.end(), start);
    const nothing = { events: [], attempts: [] };
    assertEquals(await open.reader.news(start, 9), nothing);
  });

  test("news() returns everything after a position", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a"]);
    await open.record(attempt({ seq, destination: "a" }, { output: "old" }));
    const end = await open.reader.end();
    assertEquals(end.seq, seq);
    assertEquals(await open.reader.news(end, 9), { events: [], attempts: [] });
    const newer = await open.accept(
      delivery("evt_2", { name: "a/b.c" }),
      ["a", "b"],
    );
    const tried = attempt({ seq: newer, destination: "b" }, {
      status: "pending",
      outcome: "timeout",
      code: null,
      output: "é",
      failures: 1,
    });
    await open.record(tried);
    await open.record(attempt({ seq, destination: "a" }, { number: 2 }));
    await open.record(
      attempt({ seq: newer, destination: "b" }, { number: 2, status: "dead" }),
    );
    const { events, attempts } = await open.reader.news(end, 9);
    assertEquals(events, await open.reader.list({ ids: ["evt_2"], limit: 1 }));
    assertEquals(events[0]?.status, "dead");
    const { attemptSeq, ...first } = attempts[0]!;
    assert(attemptSeq > end.attemptSeq);
    const {
      dueAtMs: _due,
      failures: _failures,
      replays: _replays,
      objectId: _objectId,
      orderMs: _orderMs,
      output: _output,
      ...told
    } = tried;
    // The status is the dispatch's as it is now.
    const expected = { eventId: "evt_2", eventName: "a/b.c", status: "dead" };
    assertEquals<unknown>(first, { ...told, ...expected });
    assertEquals(
      attempts.map(({ eventId, number, status }) => [eventId, number, status]),
      [["evt_2", 1, "dead"], ["evt_1", 2, "done"], ["evt_2", 2, "dead"]],
    );
  });

  test("news() pages, oldest first", async (open) => {
    const start = await open.reader.end();
    for (let n = 0; n < 10; n++) {
      const seq = await open.accept(delivery(idOf(n)), ["a"]);
      for (let number = 1; number <= n % 3; number++) {
        await open.record(attempt({ seq, destination: "a" }, { number }));
      }
    }
    for (const limit of [1, 3, 100]) {
      const followed = await follow(open, start, limit);
      assertEquals(
        followed.events.map(({ id }) => id),
        tenNewestFirst().reverse(),
      );
      const tries = followed.attempts.map(({ seq, number }) => [
        followed.events.findIndex((event) => event.seq === seq),
        number,
      ]);
      const expected = [[1, 1], [2, 1], [2, 2], [4, 1], [5, 1], [5, 2]];
      assertEquals(tries, [...expected, [7, 1], [8, 1], [8, 2]]);
    }
  });
}

/** Reads from a place on until there is no more. */
async function follow(open: OpenStore, from: Cursor, limit: number) {
  let cursor = from;
  const events: EventRow[] = [];
  const attempts: AttemptRow[] = [];
  while (true) {
    const news = await open.reader.news(cursor, limit);
    assert(news.events.length <= limit && news.attempts.length <= limit);
    events.push(...news.events);
    attempts.push(...news.attempts);
    if (news.events.length + news.attempts.length === 0) break;
    cursor = {
      seq: events.at(-1)?.seq ?? from.seq,
      attemptSeq: attempts.at(-1)?.attemptSeq ?? from.attemptSeq,
    };
  }
  assertEquals(cursor, await open.reader.end());
  return { events, attempts };
}

async function idsOf(
  open: OpenStore,
  filter: Partial<EventFilter>,
): Promise<string[]> {
  const rows = await open.reader.list({ limit: 100, ...filter });
  return rows.map(({ id }) => id);
}

function tenNewestFirst(): string[] {
  return deliveries(10).map(({ id }) => id).reverse();
}

/** Conditions that some events meet, each there or not. */
function anyFilter(
  all: readonly EventRow[],
  random: SeededRandom,
): EventFilter {
  const maybe = <Condition>(condition: Condition) =>
    random.below(4) === 0 ? condition : {};
  const anySeq = () => all.length > 0 ? random.pick(all).seq : 1;
  const ids = all.filter(() => random.below(3) === 0).map(({ id }) => id);
  const objectId = random.pick(OBJECTS) ?? "inq_none";
  const globs = [...NAMES, "*", "inquiry.*", "a*c", "none"];
  return {
    limit: random.pick([1, 3, 1_000]),
    ...maybe({ ids: [...ids, "evt_none"] }),
    ...maybe({ names: [random.pick(globs), random.pick(globs)] }),
    ...maybe({ objectId }),
    ...maybe({ status: random.pick(["none", "done", "pending", "dead"]) }),
    ...maybe({ destination: random.pick(["a", "b", "none"]) }),
    ...maybe({ receivedSinceMs: random.below(20) }),
    ...maybe({ receivedUntilMs: random.below(20) }),
    ...maybe({ beforeSeq: anySeq() }),
  };
}

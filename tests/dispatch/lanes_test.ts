import { assert, assertEquals } from "@std/assert";
import { Lanes } from "../../lib/dispatch/lanes.ts";
import type { PendingDispatch } from "../../lib/store/outbox.ts";
import { LaneModel } from "../support/lane_model.ts";
import { SeededRandom } from "../support/seeded_random.ts";

/** `b3` is about object b and was created at 3; `-3` is about none. */
function dispatchOf(id: string, seq: number, dueAtMs = 0): PendingDispatch {
  const [object, second] = [id[0]!, id[1]!];
  const objectId = object === "-" ? null : object;
  const orderMs = Number(second);
  const fresh = { plannedAtMs: 0, attempts: 0, failures: 0, replays: 0 };
  return { seq, objectId, orderMs, dueAtMs, ...fresh };
}

const RETRIED = { plannedAtMs: 0, attempts: 1, failures: 1 };

/**
 * Plays a scenario: `add`, `take`, `finish`, `retry` or `replay` and an id, `at` and a time,
 * `latest` and an id. An id may say when it is due: `a1@50`. Ids get their seq in
 * the order in which they come up first.
 */
function play(scenario: string, order: "object" | "none"): void {
  const lanes = new Lanes(order);
  const seqs = new Map<string, number>();
  const taken = new Map<string, PendingDispatch>();
  const waiting = new Set<string>();
  const replayed = new Set<string>();
  let nowMs = 0;
  for (const step of scenario.split(", ")) {
    const [verb, about = "", not] = step.split(" ");
    const [id, dueAtMs = "0"] = about.split("@") as [string, string?];
    const seq = seqs.get(id) ?? seqs.size + 1;
    if (verb === "at") {
      nowMs = Number(id);
    } else if (verb === "add") {
      seqs.set(id, seq);
      lanes.add(dispatchOf(id, seq, Number(dueAtMs)));
      waiting.add(id);
    } else if (verb === "replay") {
      lanes.add({ ...dispatchOf(id, seq, Number(dueAtMs)), replays: 1 });
      replayed.add(id);
    } else if (verb === "take") {
      const dispatch = lanes.take(nowMs);
      const found = [...seqs].find(([, seq]) => seq === dispatch?.seq)?.[0];
      assertEquals(found ?? "nothing", id, `${step} of: ${scenario}`);
      if (dispatch) taken.set(id, dispatch);
    } else if (verb === "latest") {
      const isLatest = lanes.isLatest(taken.get(id)!);
      assertEquals(isLatest, not === undefined, `${step} of: ${scenario}`);
    } else if (verb === "finish") {
      lanes.finish(taken.get(id)!);
      if (!replayed.delete(id)) waiting.delete(id);
    } else {
      assertEquals(verb, "retry");
      const progress = { ...RETRIED, dueAtMs: Number(dueAtMs) };
      lanes.retry(taken.get(id)!, progress);
      replayed.delete(id);
    }
    assertEquals(lanes.size, waiting.size, `${step} of: ${scenario}`);
  }
}

const SCENARIOS: [name: string, scenario: string][] = [
  ["are empty at first", "take nothing"],
  [
    "serve an object's dispatches one at a time",
    "add a1, add a2, add a3, take a1, take nothing, finish a1, take a2, take nothing, finish a2, take a3, finish a3, take nothing",
  ],
  [
    "serve objects side by side",
    "add a1, add b1, add a2, add b2, take a1, take b1, take nothing, finish b1, take b2, finish a1, take a2",
  ],
  [
    "go by created-at, then by arrival",
    "add a3, add a1, add a2, add a1x, take a1, finish a1, take a1x, finish a1x, take a2, finish a2, take a3",
  ],
  [
    "let an older one that came late go first",
    "add a2, add a3, take a2, add a1, finish a2, take a1, finish a1, take a3",
  ],
  [
    "hold up only the lane of one that is to be tried again",
    "add a1, add a2, add b1, take a1, retry a1@50, take b1, finish b1, take nothing, at 49, take nothing, at 50, take a1, finish a1, take a2",
  ],
  [
    "let an older one pass one that is to be tried again",
    "add a2, take a2, retry a2@50, take nothing, add a1, take a1, take nothing, finish a1, take nothing, at 50, take a2",
  ],
  [
    "let one go that a head held up, when that is through",
    "add a1@50, add a2, take nothing, at 50, take a1, finish a1, take a2",
  ],
  [
    "give what is about no object a lane of its own",
    "add -1, add -1x, add -2, take -1, take -1x, take -2",
  ],
  [
    "go by due, created-at and arrival among objects",
    "at 9, add a2@9, add b1@9, add c1@9, add d9@8, add e1@10, take d9, take b1, take c1, take a2, take nothing",
  ],
  [
    "take one that is known when it is due now",
    "add a1@50, add a2, take nothing, add a1, take a1, finish a1, take a2",
  ],
  [
    "take one that is known when it is due later",
    "add a1, add b1, add a1@50, take b1, take nothing, at 50, take a1",
  ],
  [
    "take one that is known though not the head",
    "add a1, add a2, add a2@50, take a1, finish a1, take nothing, at 50, take a2, finish a2, take nothing",
  ],
  [
    "pay no heed to one that is under way",
    "add a1, take a1, add a1, take nothing, finish a1, take nothing",
  ],
  [
    "pay no heed to one that is under way and then tried again",
    "add a1, take a1, add a1, retry a1@50, take nothing, at 50, take a1, finish a1, take nothing",
  ],
  [
    "take one again that was replayed while it was under way",
    "add a1, add a2, take a1, replay a1, take nothing, finish a1, take a1, finish a1, take a2",
  ],
  [
    "take one when the replay says that is to be tried again",
    "add a1, take a1, replay a1@20, retry a1@50, at 19, take nothing, at 20, take a1, finish a1, take nothing",
  ],
  [
    "take one anew that was finished",
    "add a1, take a1, finish a1, add a1, take a1",
  ],
  [
    "know whether one is the latest",
    "add a2, take a2, latest a2, add a1, latest a2, add b3, latest a2, add a2x, latest a2 not",
  ],
  [
    "know that again when it is tried again",
    "add a1, add a2, take a1, latest a1 not, retry a1, take a1, latest a1 not, finish a1, take a2, latest a2",
  ],
];

for (const [name, scenario] of SCENARIOS) {
  Deno.test(`Lanes ${name}`, () => play(scenario, "object"));
}

Deno.test("Lanes serve everything side by side without an order", () => {
  play("add a2, add a1, add a1x, take a1, take a1x, take a2", "none");
  play("add a1@50, add a2, take a2, at 50, take a1", "none");
  play("add a1, take a1, retry a1@50, add a2, take a2, take nothing", "none");
});

Deno.test("Lanes keep what else is known of a dispatch", () => {
  const lanes = new Lanes("object");
  const first = { ...dispatchOf("a1", 7), attempts: 4, failures: 3 };
  lanes.add(first);
  assertEquals(lanes.nextDueAtMs, 0);
  assertEquals(lanes.take(0), first);
  assertEquals(lanes.nextDueAtMs, undefined);
  const progress = { dueAtMs: 50, plannedAtMs: 0, attempts: 5, failures: 4 };
  lanes.retry(first, progress);
  assertEquals(lanes.nextDueAtMs, 50);
  assertEquals(lanes.take(50), { ...first, ...progress });
});

Deno.test("Lanes reset the count of failures for a replay, not that of attempts", () => {
  const lanes = new Lanes("object");
  const first = { ...dispatchOf("a1", 7), attempts: 4, failures: 3 };
  const replay = { ...first, dueAtMs: 9, failures: 0, replays: 1 };
  for (const settle of ["finish", "retry"] as const) {
    lanes.add(first);
    assertEquals(lanes.take(0), first);
    lanes.add(replay);
    if (settle === "finish") lanes.finish(first);
    else {lanes.retry(first, {
        dueAtMs: 50,
        plannedAtMs: 0,
        attempts: 5,
        failures: 4,
      });}
    const again = lanes.take(9);
    assertEquals(again, { ...replay, attempts: 5 });
    lanes.finish(again!);
    assertEquals(lanes.size, 0);
  }
});

Deno.test("Lanes agree with a simple model, whatever is done", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = new SeededRandom(seed);
    const [lanes, model] = [new Lanes("object"), new LaneModel()];
    const ids = ["a", "b", "c", "-"];
    const dueAtMs = (nowMs: number) => nowMs + random.below(20) - 10;
    for (let nowMs = 0; nowMs < 600; nowMs++) {
      const about = `seed ${seed}, step ${nowMs}`;
      const chance = random.below(10);
      const running = model.running;
      if (chance < 4) {
        const seq = 1 + random.below(40);
        // One seq is one event: always of the same object and created-at.
        const id = `${ids[seq % ids.length]}${seq * 7 % 10}`;
        const replays = random.below(2);
        const dispatch = { ...dispatchOf(id, seq, dueAtMs(nowMs)), replays };
        lanes.add(dispatch);
        model.add(dispatch);
      } else if (chance < 7 || running.length === 0) {
        assertEquals(lanes.take(nowMs), model.take(nowMs), about);
      } else if (chance < 8) {
        const dispatch = random.pick(running);
        lanes.finish(dispatch);
        model.finish(dispatch);
      } else {
        const dispatch = random.pick(running);
        const { attempts, failures } = dispatch;
        const progress = {
          dueAtMs: dueAtMs(nowMs),
          plannedAtMs: nowMs,
          attempts: attempts + 1,
          failures: failures + 1,
        };
        lanes.retry(dispatch, progress);
        model.retry({ ...dispatch, ...progress });
      }
      assertEquals(lanes.size, model.size, about);
      assertEquals(lanes.nextDueAtMs, model.nextDueAtMs, about);
      for (const dispatch of model.running) {
        assertEquals(lanes.isLatest(dispatch), model.isLatest(dispatch), about);
      }
    }
    drain(lanes, model);
  }
});

/** Takes and finishes all that is left. */
function drain(lanes: Lanes, model: LaneModel): void {
  // What was replayed while under way is not done when it is finished once.
  while (model.size > 0) {
    const dispatch = model.take(Infinity);
    assertEquals(lanes.take(Infinity), dispatch);
    for (const one of model.running) {
      lanes.finish(one);
      model.finish(one);
    }
  }
  assertEquals([lanes.size, lanes.take(Infinity)], [0, undefined]);
}

Deno.test("Lanes compare few of 100,000 that are due at once", () => {
  const table: [name: string, count: number, objects: number][] = [
    ["each of an object of its own", 100_000, 100_000],
    ["ten to an object", 20_000, 2_000],
    ["all of one object", 10_000, 1],
  ];
  for (const [name, count, objects] of table) {
    let comparisons = 0;
    const lanes = new Lanes("object");
    for (let seq = 1; seq <= count; seq++) {
      lanes.add({
        seq,
        objectId: `object ${seq % objects}`,
        // Looked at twice by every comparison of two that are due at once.
        get orderMs() {
          comparisons += 0.5;
          return seq;
        },
        dueAtMs: 0,
        plannedAtMs: 0,
        attempts: 0,
        failures: 0,
        replays: 0,
      });
    }
    let lastSeq = 0;
    for (let next = lanes.take(0); next; next = lanes.take(0)) {
      assert(next.seq === lastSeq + 1, name);
      lastSeq = next.seq;
      lanes.finish(next);
    }
    assertEquals(lastSeq, count, name);
    const most = 4 * count * Math.log2(count);
    assert(comparisons < most, `${name}: ${comparisons} of ${most}`);
  }
});

Deno.test("Lanes clear() drops what waits, and keeps what runs", () => {
  const lanes = new Lanes("object");
  const dispatches = ["a1", "a2", "b1"].map((id, i) => dispatchOf(id, i + 1));
  for (const dispatch of dispatches) lanes.add(dispatch);
  const running = lanes.take(0)!;
  lanes.clear();
  assertEquals([lanes.size, lanes.take(0)], [1, undefined]);
  for (const dispatch of dispatches) lanes.add(dispatch);
  assertEquals(lanes.take(0)?.seq, 3, "a2 waits for a1");
  assertEquals(lanes.size, 3);
  lanes.finish(running);
  assertEquals([lanes.take(0)?.seq, lanes.size], [2, 2]);
});

import { assertEquals } from "@std/assert";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { DispatchRig, NAME, START_MS } from "../support/dispatch_rig.ts";
import { FAILED, OK, SECRET_OUTPUT } from "../support/scripted_destination.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

Deno.test("DestinationLoop delivers an event and records it as attempt 1", async () => {
  await using rig = await DispatchRig.open();
  await rig.start();
  await rig.bring("a1");
  assertEquals(rig.destination.begun, [{
    eventId: "a1",
    eventName: "inquiry.approved",
    objectId: "a",
    contentType: "application/json",
    delivery: {
      attemptsMade: delivery("a1").attemptsMade,
      attemptsLeft: delivery("a1").attemptsLeft,
      firstAttemptedAtMs: delivery("a1").firstAttemptedAtMs,
    },
    body: delivery("a1").body as Uint8Array<ArrayBuffer>,
    attempt: 1,
    isStale: false,
    isLatest: true,
  }]);
  const { dispatches } = (await rig.store.openReader().get("a1"))!;
  const [{ status, attempts }] = dispatches as [typeof dispatches[number]];
  const { durationMs, ...rest } = attempts[0]!;
  assertEquals([status, attempts.length], ["done", 1]);
  assertEquals(Number.isInteger(durationMs) && durationMs >= 0, true);
  assertEquals(rest, {
    number: 1,
    startedAtMs: START_MS - durationMs,
    outcome: "ok",
    code: 200,
    output: SECRET_OUTPUT,
  });
  assertEquals(rig.messages, ["delivered"]);
});

Deno.test("DestinationLoop delivers at its start what was pending before", async () => {
  await using rig = await DispatchRig.open();
  await rig.accept("a2 b1 a1");
  await rig.accept("c1", ["other"]);
  await rig.start();
  await rig.started;
  assertEquals(rig.destination.seen, "b1 a1 a2");
  assertEquals(await rig.pending(), []);
});

Deno.test("DestinationLoop sets no timer while nothing is pending", async () => {
  await using rig = await DispatchRig.open();
  await rig.start();
  assertEquals(rig.timers.count, 0);
  await rig.bring("a1 a2 b1");
  assertEquals([rig.loop.state.pending, rig.timers.count], [0, 0]);
  rig.loop.wake();
  await rig.settle();
  assertEquals(rig.timers.count, 0);
});

Deno.test("DestinationLoop sets no timer while it waits for an attempt alone", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  await rig.start({ concurrency: 1 });
  await rig.bring("a1 a2 b1");
  assertEquals([rig.destination.underWay, rig.timers.count], ["a1", 0]);
});

Deno.test("DestinationLoop tries again and holds up the lane of that alone", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ eventId, attempt }) =>
    eventId === "a1" && attempt === 1 ? FAILED : OK;
  await rig.start();
  await rig.bring("a1 a2 b1");
  assertEquals(rig.destination.seen, "a1 b1");
  assertEquals(await rig.standOf("a1"), "pending in 5000 ms: 1 status");
  await rig.timers.advance(5 * SECOND - 1);
  await rig.bring("b2 a3");
  assertEquals(rig.destination.seen, "a1 b1 b2");
  await rig.timers.advance(1);
  assertEquals(rig.destination.seen, "a1 b1 b2 a1 a2 a3");
  assertEquals(rig.destination.begun[3]?.attempt, 2);
  assertEquals(await rig.standOf("a1"), "done: 1 status, 2 ok");
  assertEquals(rig.timers.count, 0);
});

Deno.test("DestinationLoop spreads what is tried again", async () => {
  for (const [random, waitMs] of [[0, 4_000], [1 - 2 ** -53, 6_000]]) {
    await using rig = await DispatchRig.open({ random: () => random! });
    rig.destination.answer = ({ attempt }) => attempt === 1 ? FAILED : OK;
    await rig.start();
    await rig.bring("a1");
    await rig.timers.advance(waitMs! - 1);
    assertEquals(rig.destination.seen, "a1");
    await rig.timers.advance(1);
    assertEquals(rig.destination.seen, "a1 a1");
  }
});

Deno.test("DestinationLoop leaves the other side alone as long as it asks", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ attempt }) =>
    attempt === 1 ? { ...FAILED, retryAfterMs: 2 * HOUR } : OK;
  await rig.start();
  await rig.bring("a1");
  await rig.timers.advance(2 * HOUR - 1);
  assertEquals(rig.destination.seen, "a1");
  await rig.timers.advance(1);
  assertEquals(rig.destination.seen, "a1 a1");
});

Deno.test("DestinationLoop finds out within a minute that the clock was set", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ attempt }) =>
    attempt === 1 ? { ...FAILED, retryAfterMs: 2 * HOUR } : OK;
  await rig.start();
  await rig.bring("a1");
  rig.timers.clock.advance(2 * HOUR);
  await rig.timers.advance(60 * SECOND);
  assertEquals(rig.destination.seen, "a1 a1");
});

Deno.test("DestinationLoop gives up after attemptsMax, and the lane goes on", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ eventId }) => eventId === "a1" ? FAILED : OK;
  await rig.start({ attemptsMax: 3 });
  await rig.bring("a1 a2");
  await rig.timers.advance(35 * SECOND - 1);
  assertEquals(rig.destination.seen, "a1 a1");
  await rig.timers.advance(1);
  assertEquals(rig.destination.seen, "a1 a1 a1 a2");
  assertEquals(await rig.standOf("a1"), "dead: 1 status, 2 status, 3 status");
  const again = "attempt failed";
  assertEquals(rig.messages, [again, again, "dead letter", "delivered"]);
  assertEquals([rig.loop.state.pending, rig.timers.count], [0, 0]);
});

Deno.test("DestinationLoop begins no more attempts at once than it may", async () => {
  for (const concurrency of [1, 3, 8]) {
    await using rig = await DispatchRig.open();
    rig.destination.answer = () => undefined;
    await rig.start({ concurrency });
    await rig.bring("a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 a2 b2");
    while (rig.destination.underWay !== "") {
      await rig.end(rig.destination.underWay.split(" ").at(-1)!);
    }
    assertEquals(rig.destination.underWayMax, concurrency);
    assertEquals(rig.destination.begun.length, 12);
    assertEquals(await rig.pending(), []);
  }
});

Deno.test("DestinationLoop has one event of an object under way at a time", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  await rig.start();
  await rig.bring("a2 a3 -1 -2");
  assertEquals(rig.destination.underWay, "-1 a2 -2");
  await rig.bring("a1");
  await rig.end("a2");
  assertEquals(rig.destination.underWay, "-1 -2 a1");
  await rig.end("a1");
  assertEquals(rig.destination.underWay, "-1 -2 a3");
});

Deno.test("DestinationLoop keeps no order when it is to keep none", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  await rig.start({ order: "none" });
  await rig.bring("a1 a2 a3");
  assertEquals(rig.destination.underWay, "a1 a2 a3");
  await rig.end("a2", FAILED);
  await rig.end("a3");
  await rig.end("a1");
  await rig.timers.advance(5 * SECOND);
  assertEquals(rig.destination.seen, "a1 a2 a3 a2");
  assertEquals(rig.destination.begun[3]?.isStale, true);
});

Deno.test("DestinationLoop tells what is stale, and what is the latest", async () => {
  const table: [name: string, arrivals: string[], expected: string[]][] = [
    ["one", ["a1"], ["a1 latest"]],
    ["in order", ["a1", "a2"], ["a1 latest", "a2 latest"]],
    ["a newer one waits", ["a1 a2"], ["a1", "a2 latest"]],
    ["a newer one is done", ["a2", "a1"], ["a2 latest", "a1 stale"]],
    ["both", ["a2", "a1 a3"], ["a2 latest", "a1 stale", "a3 latest"]],
    ["of another object", ["b2", "a1 b3"], [
      "b2 latest",
      "a1 latest",
      "b3 latest",
    ]],
    ["of no object", ["-2", "-1 -3"], ["-2 latest", "-1 latest", "-3 latest"]],
    ["later at the same time", ["a1", "a1x"], ["a1 latest", "a1x latest"]],
    ["at the same time", ["a1 a1x"], ["a1", "a1x latest"]],
  ];
  for (const [name, arrivals, expected] of table) {
    await using rig = await DispatchRig.open();
    await rig.start();
    for (const ids of arrivals) await rig.bring(ids);
    const told = rig.destination.begun.map(({ eventId, isStale, isLatest }) =>
      eventId + (isStale ? " stale" : "") + (isLatest ? " latest" : "")
    );
    assertEquals(told, expected, name);
    const stale = rig.log.map((entry) => "stale" in entry && entry.stale);
    const begunStale = rig.destination.begun.map(({ isStale }) => isStale);
    assertEquals(stale, begunStale, name);
  }
});

Deno.test("DestinationLoop finds out at each attempt whether the event is stale or the latest", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ eventId }) => eventId === "a1" ? FAILED : OK;
  await rig.start({ attemptsMax: 3 });
  await rig.bring("a1");
  await rig.bring("a2");
  await rig.timers.advance(35 * SECOND);
  await rig.replay("a1");
  const told = rig.destination.begun.map((
    { eventId, isStale, isLatest },
  ) => [eventId, isStale, isLatest]);
  assertEquals(told, [
    ["a1", false, true],
    ["a1", false, false],
    ["a1", false, false],
    ["a2", false, true],
    ["a1", true, false],
  ]);
});

Deno.test("DestinationLoop takes nothing for stale because of a dead letter", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ eventId }) => eventId === "a2" ? FAILED : OK;
  await rig.start({ attemptsMax: 1 });
  await rig.bring("a2");
  await rig.bring("a1");
  assertEquals(rig.messages, ["dead letter", "delivered"]);
  assertEquals(rig.destination.begun[1]?.isStale, false);
});

Deno.test("DestinationLoop begins nothing before it knows all that is pending", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ eventId }) => eventId === "b1" ? undefined : OK;
  await rig.start({ concurrency: 1 });
  await rig.bring("b1 a2");
  const reading = Promise.withResolvers<void>();
  rig.meanwhile.pending = () => reading.promise;
  await rig.bring("a1");
  await rig.end("b1");
  assertEquals(rig.destination.seen, "b1");
  reading.resolve();
  await rig.settle();
  assertEquals(rig.destination.seen, "b1 a1 a2");
});

Deno.test("DestinationLoop goes on when a dispatch is gone by its time", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ eventId }) => eventId === "a1" ? FAILED : OK;
  await rig.start();
  await rig.bring("a1 a2");
  const key = { seq: await rig.seqOf("a1"), destination: NAME };
  await (await rig.outbox()).record(attempt(key, { number: 2 }));
  await rig.timers.advance(5 * SECOND);
  assertEquals(rig.destination.seen, "a1 a2");
  assertEquals(rig.loop.state.pending, 0);
});

Deno.test("DestinationLoop tells how it is doing", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  await rig.start();
  const idle = {
    destination: NAME,
    pending: 0,
    running: 0,
    pausedUntilMs: null,
  };
  assertEquals(rig.loop.state, idle);
  await rig.bring("a1 a2 b1");
  assertEquals(rig.loop.state, { ...idle, pending: 3, running: 2 });
  await rig.end("b1", FAILED);
  assertEquals(rig.loop.state, { ...idle, pending: 3, running: 1 });
  await rig.end("a1");
  assertEquals(rig.loop.state, { ...idle, pending: 2, running: 1 });
});

Deno.test("DestinationLoop begins no attempt that its lease may not outlast", async () => {
  await using rig = await DispatchRig.open();
  await rig.start();
  rig.isLeaseShort = true;
  await rig.bring("a1 a2");
  await rig.timers.advance(SECOND);
  assertEquals(rig.destination.seen, "");
  rig.isLeaseShort = false;
  await rig.timers.advance(SECOND);
  assertEquals(rig.destination.seen, "a1 a2");
});

Deno.test("DestinationLoop readAgain() goes on after what another process did", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ eventId }) => eventId === "a1" ? FAILED : OK;
  await rig.start();
  await rig.bring("a1 a2");
  assertEquals(rig.destination.seen, "a1");
  const outbox = await rig.store.openOutboxes().open(NAME, { attemptMsMax: 0 });
  const key = { seq: await rig.seqOf("a1"), destination: NAME };
  await outbox.record(attempt(key, { number: 2 }));
  rig.loop.readAgain();
  await rig.settle();
  assertEquals(rig.destination.seen, "a1 a2");
});

import { assert, assertEquals } from "@std/assert";
import { DispatchRig, NAME, storeTrouble } from "../support/dispatch_rig.ts";
import {
  FAILED,
  OK,
  ScriptedDestination,
} from "../support/scripted_destination.ts";
import { openSettlingStore } from "../support/settling_store.ts";

const SECOND = 1_000;

Deno.test("DestinationLoop goes on after a restart where it was", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ eventId }) => eventId === "a1" ? FAILED : OK;
  await rig.start({ attemptsMax: 4 });
  await rig.bring("a1 a2");
  await rig.timers.advance(5 * SECOND);
  assertEquals(
    await rig.standOf("a1"),
    "pending in 30000 ms: 1 status, 2 status",
  );
  await rig.start({ attemptsMax: 4 });
  await rig.timers.advance(30 * SECOND - 1);
  assertEquals(rig.destination.seen, "a1 a1");
  await rig.timers.advance(1);
  assertEquals(rig.destination.begun.at(-1)?.attempt, 3);
  const outcomes = "1 status, 2 status, 3 status";
  assertEquals(await rig.standOf("a1"), `pending in 120000 ms: ${outcomes}`);
  await rig.start({ attemptsMax: 4 });
  await rig.timers.advance(120 * SECOND);
  assertEquals(await rig.standOf("a1"), `dead: ${outcomes}, 4 status`);
  assertEquals(rig.destination.seen, "a1 a1 a1 a1 a2");
});

Deno.test("DestinationLoop does not count an attempt that a crash cut off", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  await rig.start();
  await rig.bring("a1 a2");
  assertEquals(rig.destination.underWay, "a1");
  rig.destination = new ScriptedDestination();
  await rig.start();
  assertEquals(rig.destination.seen, "a1 a2");
  assertEquals(await rig.standOf("a1"), "done: 1 ok");
});

Deno.test("DestinationLoop tells of staleness after a restart, too", async () => {
  const stores = {
    "that remembers all": undefined,
    "that has all in its index": openSettlingStore(() => 1_000),
  };
  for (const [name, store] of Object.entries(stores)) {
    await using rig = await DispatchRig.open(store && { store });
    await rig.start();
    await rig.bring("a2 b1");
    await rig.start();
    await rig.bring("a1 a3 b2");
    const stale = rig.destination.begun.filter(({ isStale }) => isStale);
    assertEquals(stale.map(({ eventId }) => eventId), ["a1"], name);
  }
});

Deno.test("DestinationLoop does again what was done", async () => {
  await using rig = await DispatchRig.open();
  await rig.start();
  await rig.bring("a1 b1 a2 -1");
  await rig.replay("a1 -1");
  assertEquals(rig.destination.seen, "a1 b1 -1 a2 a1 -1");
  assertEquals(await rig.standOf("a1"), "done: 1 ok, 2 ok");
  assertEquals(await rig.standOf("a2"), "done: 1 ok");
  await rig.bring("a3");
  assertEquals(rig.destination.begun.length, 7, "what comes next comes once");
});

Deno.test("DestinationLoop does again what was dead, with all its attempts", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => FAILED;
  await rig.start({ attemptsMax: 2 });
  await rig.bring("a1");
  await rig.timers.advance(5 * SECOND);
  await rig.replay("a1");
  const outcomes = "1 status, 2 status, 3 status";
  assertEquals(await rig.standOf("a1"), `pending in 5000 ms: ${outcomes}`);
  await rig.timers.advance(5 * SECOND);
  assertEquals(await rig.standOf("a1"), `dead: ${outcomes}, 4 status`);
});

Deno.test("DestinationLoop does at once what waits for its next try", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ attempt }) => attempt === 1 ? FAILED : OK;
  await rig.start();
  await rig.bring("a1 a2");
  await rig.timers.advance(SECOND);
  await rig.replay("a1");
  assertEquals(rig.destination.seen, "a1 a1 a2");
  assertEquals(await rig.standOf("a1"), "done: 1 status, 2 ok");
});

Deno.test("DestinationLoop dispatches what was never to go there before", async () => {
  await using rig = await DispatchRig.open();
  await rig.start();
  await rig.accept("a1", []);
  await rig.bring("b1");
  await rig.replay("a1");
  assertEquals(rig.destination.seen, "b1 a1");
});

Deno.test("DestinationLoop does not begin twice what is under way", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  await rig.start();
  await rig.bring("a1");
  rig.loop.wake({ fromSeq: 1 });
  await rig.settle();
  assertEquals(rig.destination.seen, "a1");
  await rig.end("a1");
  assertEquals(await rig.standOf("a1"), "done: 1 ok");
  assertEquals(rig.loop.state.pending, 0);
});

Deno.test("DestinationLoop does again what is replayed while it is under way", async () => {
  const table = [
    ["it succeeds", OK, "1 ok"],
    ["it fails", FAILED, "1 status"],
    ["it fails for the last time", FAILED, "1 status"],
  ] as const;
  for (const [name, outcome, first] of table) {
    await using rig = await DispatchRig.open();
    const attemptsMax = name.endsWith("last time") ? 1 : 12;
    rig.destination.answer = () => undefined;
    await rig.start({ attemptsMax });
    await rig.bring("a1 a2");
    await rig.replay("a1");
    assertEquals(rig.destination.seen, "a1", name);
    await rig.end("a1", outcome);
    assertEquals(rig.destination.seen, "a1 a1", name);
    await rig.end("a1", OK);
    assertEquals(await rig.standOf("a1"), `done: ${first}, 2 ok`, name);
    await rig.end("a2", OK);
    assertEquals(rig.destination.seen, "a1 a1 a2", name);
    assertEquals(rig.loop.state.pending, 0, name);
  }
});

Deno.test("stop() ends at once when nothing is under way", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => FAILED;
  await rig.start();
  await rig.bring("a1");
  await rig.loop.stop(10 * SECOND);
  assertEquals(rig.timers.count, 0);
});

Deno.test("stop() waits for what is under way, and begins nothing", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ eventId }) =>
    eventId === "c1" ? FAILED : undefined;
  await rig.start({ concurrency: 3 });
  await rig.bring("c1 a1 a2 b1 d1 e1");
  assertEquals(rig.destination.underWay, "a1 b1 d1");
  const stop = stopped(rig);
  await rig.end("a1");
  await rig.end("d1", FAILED);
  await rig.bring("f1");
  await rig.timers.advance(9 * SECOND);
  assertEquals(stop.isOver, false);
  await rig.end("b1");
  assertEquals(stop.isOver, true);
  assertEquals(rig.destination.seen, "c1 a1 b1 d1");
  assertEquals(await rig.standOf("b1"), "done: 1 ok");
  assertEquals(await rig.standOf("d1"), "pending in -4000 ms: 1 status");
  assertEquals(rig.timers.count, 0);
});

Deno.test("stop() breaks off at its timeout, and that is no attempt", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  await rig.start();
  await rig.bring("a1 a2 b1");
  const stop = stopped(rig);
  await rig.timers.advance(10 * SECOND - 1);
  assertEquals(rig.destination.underWay, "a1 b1");
  await rig.timers.advance(1);
  assertEquals(stop.isOver, true);
  assertEquals([rig.destination.seen, rig.log], ["a1 b1", []]);
  const pending = await rig.pending();
  assertEquals(pending.map(({ attempts }) => attempts), [0, 0, 0]);

  rig.destination = new ScriptedDestination();
  await rig.start();
  assertEquals(rig.destination.seen, "a1 b1 a2");
  assertEquals(rig.destination.begun.map(({ attempt }) => attempt), [1, 1, 1]);
});

Deno.test("stop() begins no attempt of what is just being loaded", async () => {
  await using rig = await DispatchRig.open();
  const loading = Promise.withResolvers<void>();
  rig.meanwhile.load = () => loading.promise;
  await rig.start();
  await rig.bring("a1");
  const stop = stopped(rig);
  loading.resolve();
  await rig.settle();
  assertEquals([rig.destination.seen, stop.isOver], ["", true]);
});

Deno.test("stop() waits until nothing more is read", async () => {
  await using rig = await DispatchRig.open();
  await rig.start();
  const reading = Promise.withResolvers<void>();
  rig.meanwhile.pending = () => reading.promise;
  await rig.bring("a1");
  const stop = stopped(rig);
  await rig.settle();
  assertEquals(stop.isOver, false);
  reading.resolve();
  await rig.settle();
  assertEquals([rig.destination.seen, stop.isOver], ["", true]);
});

Deno.test("stop() waits for a record that is being written", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  await rig.start();
  await rig.bring("a1");
  rig.destination.end("a1");
  await rig.loop.stop(10 * SECOND);
  assertEquals(await rig.standOf("a1"), "done: 1 ok");
});

Deno.test("stop() gives up on a store that is in trouble", async () => {
  await using rig = await DispatchRig.open();
  rig.isRecordFailing = true;
  await rig.start();
  await rig.bring("a1 a2");
  rig.meanwhile.load = storeTrouble;
  await rig.bring("b1");
  rig.meanwhile.pending = storeTrouble;
  await rig.bring("c1");
  const stop = stopped(rig);
  await rig.timers.advance(SECOND);
  assert(stop.isOver);
  assertEquals(rig.timers.count, 0);
  delete rig.meanwhile.pending;
  assertEquals((await rig.pending()).length, 4);
});

Deno.test("stop() counts what it could not record as not tried", async () => {
  await using rig = await DispatchRig.open();
  rig.isRecordFailing = true;
  await rig.start();
  await rig.bring("a1 a2");
  const stop = stopped(rig);
  await rig.settle();
  assert(!stop.isOver, "it may be possible after all");
  await rig.timers.advance(SECOND);
  assert(stop.isOver);
  rig.isRecordFailing = false;
  await rig.start();
  assertEquals(rig.destination.seen, "a1 a1 a2", "at least once");
  assertEquals(await rig.standOf("a1"), "done: 1 ok");
  assertEquals(rig.loop.state.destination, NAME);
});

/** Stops the loop with 10 s of time, and tells when that is over. */
function stopped(rig: DispatchRig): { isOver: boolean } {
  const stop = { isOver: false };
  void rig.loop.stop(10 * SECOND).then(() => {
    stop.isOver = true;
  });
  return stop;
}

import { assertEquals, assertRejects } from "@std/assert";
import { Dispatcher } from "../../lib/dispatch/dispatcher.ts";
import { StoreError } from "../../lib/errors.ts";
import { DispatchRig, storeTrouble } from "../support/dispatch_rig.ts";
import {
  FAILED,
  ScriptedDestination,
} from "../support/scripted_destination.ts";

const SECOND = 1_000;

/** A dispatcher with destinations `one` and `two`. */
async function setup() {
  const rig = await DispatchRig.open();
  const [one, two] = [new ScriptedDestination(), new ScriptedDestination()];
  const config = {
    order: "object",
    concurrency: 2,
    attemptsMax: 12,
    timeoutMs: 10_000,
    isLocal: false,
  } as const;
  const dispatcher = new Dispatcher([
    { config: { name: "one", ...config }, destination: one },
    { config: { name: "two", ...config }, destination: two },
  ], { ...rig.deps, outboxes: rig.outboxes });
  return {
    rig,
    one,
    two,
    dispatcher,
    async bring(ids: string, destinations: string[]): Promise<void> {
      await rig.accept(ids, destinations);
      dispatcher.wake({});
      await rig.settle();
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

Deno.test("Dispatcher brings events to each destination that they go to", async () => {
  await using it = await setup();
  await it.rig.accept("a1", ["one", "two"]);
  await it.dispatcher.start();
  await it.rig.settle();
  await it.bring("b1", ["two"]);
  await it.bring("c1", ["one"]);
  await it.bring("d1", []);
  assertEquals([it.one.seen, it.two.seen], ["a1 c1", "a1 b1"]);
  await it.dispatcher.stop(0);
});

Deno.test("Dispatcher lets no destination hold up another", async () => {
  await using it = await setup();
  it.one.answer = ({ eventId }) => eventId === "a1" ? FAILED : undefined;
  await it.dispatcher.start();
  await it.bring("a1 a2 b1 c1 d1", ["one", "two"]);
  assertEquals([it.one.underWay, it.two.underWay], ["b1 c1", ""]);
  assertEquals(it.two.seen, "a1 b1 c1 d1 a2");
  const idle = { pending: 0, running: 0, pausedUntilMs: null };
  assertEquals(await it.dispatcher.states(), [
    { ...idle, destination: "one", pending: 5, running: 2 },
    { ...idle, destination: "two" },
  ]);
  const stopped = it.dispatcher.stop(0);
  await it.rig.timers.advance(0);
  await stopped;
});

Deno.test("Dispatcher does again what each destination is to have again", async () => {
  await using it = await setup();
  await it.dispatcher.start();
  await it.bring("a1 b1", ["one", "two"]);
  const seq = await it.rig.seqOf("a1");
  const keys = [{ seq, destination: "two" }];
  await it.rig.store.requeue({ keys, dueAtMs: 0 });
  it.dispatcher.wake({ fromSeq: seq });
  await it.rig.settle();
  assertEquals([it.one.seen, it.two.seen], ["a1 b1", "a1 b1 a1"]);
  await it.dispatcher.stop(0);
});

Deno.test("Dispatcher tells of dispatches to destinations that there are no more", async () => {
  await using it = await setup();
  await it.rig.accept("a1 b1", ["gone", "one"]);
  await it.rig.accept("c1", ["gone", "gone-too"]);
  await it.dispatcher.start();
  await it.rig.settle();
  const waiting = it.rig.log.filter(({ msg }) => msg === "dispatches wait");
  assertEquals(waiting, [
    { msg: "dispatches wait", destination: "gone", dispatches: 3 },
    { msg: "dispatches wait", destination: "gone-too", dispatches: 1 },
  ]);
  assertEquals([it.one.seen, it.two.seen], ["a1 b1", ""]);
  const counts = await it.rig.outboxes.pendingCounts();
  assertEquals(Object.fromEntries(counts), { "gone": 3, "gone-too": 1 });
  await it.dispatcher.stop(0);
});

Deno.test("Dispatcher waits with its stop for all destinations, then lets go of the store", async () => {
  await using it = await setup();
  it.one.answer = () => undefined;
  it.two.answer = () => undefined;
  await it.dispatcher.start();
  await it.bring("a1", ["one", "two"]);
  let isOver = false;
  const stopped = it.dispatcher.stop(10 * SECOND).then(() => {
    isOver = true;
  });
  it.two.end("a1");
  await it.rig.settle();
  const closings =
    () => [it.one.closings, it.two.closings, it.rig.outboxesClosed];
  assertEquals(closings(), [0, 1, 0]);
  await it.rig.timers.advance(10 * SECOND - 1);
  assertEquals(isOver, false);
  await it.rig.timers.advance(1);
  await stopped;
  assertEquals(closings(), [1, 1, 1]);
  const counts = await it.rig.outboxes.pendingCounts();
  assertEquals(Object.fromEntries(counts), { one: 1 });
});

Deno.test("Dispatcher does not start on a store that cannot be read", async () => {
  await using it = await setup();
  it.rig.outboxes.pendingCounts = storeTrouble;
  await assertRejects(() => it.dispatcher.start(), StoreError);
});

Deno.test("Dispatcher tries again to take an outbox, and says why it cannot", async () => {
  await using it = await setup();
  it.rig.meanwhile.open = storeTrouble;
  await it.dispatcher.start();
  await it.bring("a1", ["one", "two"]);
  assertEquals([it.one.seen, it.two.seen], ["", ""]);
  assertEquals(it.rig.messages, ["store failed", "store failed"]);
  delete it.rig.meanwhile.open;
  await it.rig.timers.advance(SECOND);
  assertEquals([it.one.seen, it.two.seen], ["a1", "a1"]);
  await it.dispatcher.stop(0);
});

Deno.test("Dispatcher drops what another process has, and goes on with what that leaves", async () => {
  await using it = await setup();
  await it.dispatcher.start();
  it.rig.isOthers = true;
  await it.bring("a1", ["two"]);
  assertEquals(it.two.seen, "");
  const states = await it.dispatcher.states();
  assertEquals(states.map(({ pending }) => pending), [0, 0]);
  it.rig.gain();
  await it.rig.settle();
  assertEquals(it.two.seen, "a1");
  await it.dispatcher.stop(0);
});

Deno.test("Dispatcher obeys a pause within a second, and resumes where it was", async () => {
  await using it = await setup();
  const { store, timers } = it.rig;
  await it.dispatcher.start();
  await store.setPause("one", 1);
  await timers.advance(SECOND);
  await it.bring("a1 b1", ["one", "two"]);
  await timers.advance(60 * SECOND);
  assertEquals([it.one.seen, it.two.seen], ["", "a1 b1"]);
  await store.setPause("one", null);
  await timers.advance(SECOND);
  assertEquals(it.one.seen, "a1 b1");
  const told = it.rig.log.filter(({ msg }) => /by command/.test(msg));
  assertEquals(told, [
    { msg: "paused by command", destination: "one" },
    { msg: "resumed by command", destination: "one" },
  ]);
  await it.dispatcher.stop(0);
});

Deno.test("Dispatcher lets a running attempt end when its destination is paused", async () => {
  await using it = await setup();
  it.one.answer = () => undefined;
  await it.dispatcher.start();
  await it.bring("a1 a2", ["one"]);
  await it.rig.store.setPause("one", 1);
  await it.rig.timers.advance(SECOND);
  it.one.end("a1");
  await it.rig.settle();
  assertEquals([it.one.seen, it.one.underWay], ["a1", ""]);
  await it.dispatcher.stop(0);
});

Deno.test("Dispatcher starts with what is paused, and a replay there waits", async () => {
  await using it = await setup();
  await it.rig.accept("a1", ["one"]);
  await it.rig.store.setPause("one", 1);
  await it.dispatcher.start();
  await it.rig.settle();
  const seq = await it.rig.seqOf("a1");
  const keys = [{ seq, destination: "one" }];
  await it.rig.store.requeue({ keys, dueAtMs: 0 });
  it.dispatcher.wake({ fromSeq: seq });
  await it.rig.timers.advance(10 * SECOND);
  assertEquals(it.one.seen, "");
  await it.rig.store.setPause("one", null);
  await it.rig.timers.advance(SECOND);
  assertEquals(it.one.seen, "a1");
  await it.dispatcher.stop(0);
});

Deno.test("Dispatcher goes on when it cannot be read what is paused", async () => {
  await using it = await setup();
  await it.dispatcher.start();
  it.rig.meanwhile.pauses = storeTrouble;
  await it.rig.timers.advance(2 * SECOND);
  await it.bring("a1", ["one"]);
  assertEquals(it.one.seen, "a1");
  delete it.rig.meanwhile.pauses;
  await it.rig.store.setPause("one", 1);
  await it.rig.timers.advance(SECOND);
  await it.bring("b1", ["one"]);
  assertEquals(it.one.seen, "a1");
  await it.dispatcher.stop(0);
});

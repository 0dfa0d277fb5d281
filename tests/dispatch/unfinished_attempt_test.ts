import { assertEquals } from "@std/assert";
import { DispatchRig } from "../support/dispatch_rig.ts";
import {
  FAILED,
  ScriptedDestination,
} from "../support/scripted_destination.ts";

const SECOND = 1_000;
const LOCAL = { isLocal: true, attemptsMax: 3 };

/** A rig whose process ends during an attempt at `a1`, however often it starts. */
async function crashing(): Promise<DispatchRig> {
  const rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  await rig.start(LOCAL);
  await rig.bring("a1");
  return rig;
}

/** Starts as a new process does while an attempt is under way. */
async function restart(rig: DispatchRig, config = LOCAL): Promise<void> {
  await rig.timers.advance(1);
  rig.destination = new ScriptedDestination();
  rig.destination.answer = () => undefined;
  await rig.start(config);
}

Deno.test("DestinationLoop gives up what ends the process each time", async () => {
  await using rig = await crashing();
  assertEquals(await rig.standOf("a1"), "pending in 0 ms: ", "nothing written");
  await restart(rig);
  assertEquals(rig.destination.underWay, "a1");
  assertEquals(await rig.standOf("a1"), "pending in 5000 ms: 1 unfinished");
  await restart(rig);
  assertEquals(rig.destination.underWay, "", "it waits, others may go");
  await rig.bring("b1");
  assertEquals(rig.destination.underWay, "b1");
  await rig.end("b1");
  await rig.timers.advance(5 * SECOND - 1);
  assertEquals(rig.destination.underWay, "a1");
  const two = "1 unfinished, 2 unfinished";
  assertEquals(await rig.standOf("a1"), `pending in 30000 ms: ${two}`);
  await restart(rig);
  await rig.timers.advance(30 * SECOND);
  assertEquals(rig.destination.underWay, "a1");
  await restart(rig);
  assertEquals(rig.destination.underWay, "");
  assertEquals(await rig.standOf("a1"), `dead: ${two}, 3 unfinished`);
});

Deno.test("DestinationLoop replaces the begin of an attempt by its end", async () => {
  await using rig = await crashing();
  await restart(rig);
  await rig.end("a1", FAILED);
  assertEquals(await rig.standOf("a1"), "pending in 5000 ms: 1 status");
  await rig.timers.advance(5 * SECOND);
  assertEquals(
    await rig.standOf("a1"),
    "pending in 30000 ms: 1 status, 2 unfinished",
  );
  await rig.end("a1");
  assertEquals(await rig.standOf("a1"), "done: 1 status, 2 ok");
});

Deno.test("DestinationLoop does not count an attempt that is broken off as we stop", async () => {
  await using rig = await crashing();
  await restart(rig);
  const stopped = rig.loop.stop(0);
  await rig.timers.advance(1);
  await stopped;
  assertEquals(await rig.standOf("a1"), "pending in -2 ms: 1 aborted");
  const [dispatch] = await rig.pending();
  assertEquals([dispatch?.failures, dispatch?.attempts], [0, 1]);
  await restart(rig);
  await rig.end("a1");
  assertEquals(await rig.standOf("a1"), "done: 1 aborted, 2 ok");
});

Deno.test("DestinationLoop attempts nothing suspect while its begin cannot be stored", async () => {
  await using rig = await crashing();
  rig.isRecordFailing = true;
  await restart(rig);
  assertEquals(rig.destination.underWay, "");
  rig.isRecordFailing = false;
  await rig.timers.advance(SECOND);
  assertEquals(rig.destination.underWay, "a1");
  await rig.end("a1");
});

Deno.test("DestinationLoop writes no begin for what is not ours to run", async () => {
  await using rig = await crashing();
  await restart(rig, { isLocal: false, attemptsMax: 3 });
  assertEquals(rig.destination.underWay, "a1");
  assertEquals(await rig.standOf("a1"), "pending in -1 ms: ");
  await rig.end("a1");
});

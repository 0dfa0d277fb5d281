import { assertEquals } from "@std/assert";
import { DispatchRig, NAME } from "../support/dispatch_rig.ts";
import { FAILED } from "../support/scripted_destination.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const AHEAD_MS = 3_650 * DAY_MS;

/** What a process that goes on does at its next timer, and another one at its start. */
const WAYS: [way: string, goOn: (rig: DispatchRig) => Promise<void>][] = [
  ["the process goes on", () => Promise.resolve()],
  ["it is started again", restart],
];

async function restart(rig: DispatchRig): Promise<void> {
  await stop(rig);
  await rig.start();
}

async function stop(rig: DispatchRig): Promise<void> {
  const stopped = rig.loop.stop(0);
  await rig.timers.advance(0);
  await stopped;
}

/** A rig whose attempts last until the test ends them. */
async function openRig(): Promise<DispatchRig> {
  const rig = await DispatchRig.open();
  rig.destination.answer = () => undefined;
  return rig;
}

for (const [way, goOn] of WAYS) {
  Deno.test(`a clock that was ahead delays no retry once it is right: ${way}`, async () => {
    await using rig = await openRig();
    rig.timers.clock.advance(AHEAD_MS);
    await rig.start();
    await rig.bring("a1 b1 a2");
    await rig.end("a1", FAILED);
    await rig.end("b1");
    rig.timers.clock.advance(-AHEAD_MS);
    await goOn(rig);
    await rig.bring("a3");
    assertEquals(rig.destination.underWay, "", "a2 and a3 wait for a1");

    await rig.timers.advance(10_000);
    assertEquals(rig.destination.underWay, "a1", way);
    await rig.end("a1");
    await rig.end("a2");
    await rig.end("a3");
    assertEquals(await rig.pending(), []);
  });

  Deno.test(`a clock that is set back a day delays no retry: ${way}`, async () => {
    await using rig = await openRig();
    await rig.start();
    await rig.bring("a1 b1");
    await rig.end("a1", FAILED);
    rig.timers.clock.advance(-DAY_MS);
    await goOn(rig);
    await rig.timers.advance(10_000);
    assertEquals(rig.destination.underWay.split(" ").includes("a1"), true, way);
  });

  Deno.test(`what came in while the clock was ahead goes out at once: ${way}`, async () => {
    await using rig = await openRig();
    rig.timers.clock.advance(AHEAD_MS);
    await rig.start({ concurrency: 1 });
    await rig.bring("c1 d1");
    rig.timers.clock.advance(-AHEAD_MS);
    await goOn(rig);
    await rig.end("c1");
    await rig.timers.advance(1_000);
    assertEquals(rig.destination.underWay, "d1", way);
  });
}

Deno.test("a clock that is set during an attempt does not lengthen the wait after it", async () => {
  for (const stepMs of [AHEAD_MS, -DAY_MS]) {
    await using rig = await openRig();
    await rig.start();
    await rig.bring("a1");
    rig.timers.clock.advance(stepMs);
    await rig.end("a1", FAILED);
    rig.timers.clock.advance(-stepMs);
    await restart(rig);
    await rig.timers.advance(10_000);
    assertEquals(rig.destination.underWay, "a1");
  }
});

Deno.test("a small step back of the clock leaves every retry when it was due", async () => {
  await using rig = await openRig();
  await rig.start();
  await rig.bring("a1");
  await rig.end("a1", FAILED);
  rig.timers.clock.advance(-900);
  rig.loop.wake();
  await rig.timers.advance(5_800);
  assertEquals(rig.destination.underWay, "");
  await rig.timers.advance(200);
  assertEquals(rig.destination.underWay, "a1");
});

Deno.test("a replayed dispatch goes out at once, whatever the clock was when it was replayed", async () => {
  await using rig = await openRig();
  await rig.start();
  await rig.bring("a1");
  await rig.end("a1");
  await stop(rig);
  rig.timers.clock.advance(AHEAD_MS);
  const keys = [{ seq: await rig.seqOf("a1"), destination: NAME }];
  await rig.store.requeue({ keys, dueAtMs: rig.timers.clock.nowMs() });
  rig.timers.clock.advance(-AHEAD_MS);
  await rig.start();
  await rig.timers.advance(6_000);
  assertEquals(rig.destination.underWay, "a1");
});

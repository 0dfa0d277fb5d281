import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../lib/errors.ts";
import {
  DispatchRig,
  NAME,
  START_MS,
  storeTrouble,
} from "../support/dispatch_rig.ts";
import { FAILED, OK, SILENT } from "../support/scripted_destination.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Ids about no object, `-1` and on. */
function idsOf(count: number, start = 1): string {
  return Array.from({ length: count }, (_, i) => `-${start + i}`).join(" ");
}

/** Objects a to z, with three events each that came in no order. */
const MANY = Array.from(
  "abcdefghijklmnopqrstuvwxyz",
  (object) => [2, 3, 1].map((second) => `${object}${second}`),
).flat().join(" ");

for (const seed of [1, 2, 3]) {
  Deno.test(`DestinationLoop leaves a destination alone that is down (seed ${seed})`, async () => {
    const random = new SeededRandom(seed);
    await using rig = await DispatchRig.open({ random: () => random.next() });
    rig.destination.answer = () => SILENT;
    await rig.start();
    await rig.bring(MANY);
    await rig.timers.advance(30 * MINUTE);
    const before = rig.destination.begun.length;
    await rig.timers.advance(30 * MINUTE);
    const probes = rig.destination.begun.length - before;
    assert(probes >= 50 && probes <= 75, `${probes} probes in half an hour`);
    const pending = await rig.pending();
    assertEquals(pending.length, 78, "nothing is lost and nothing dead");
    const most = Math.max(...pending.map(({ failures }) => failures));
    assert(most <= 2, `${most} failures of one`);
    const paused = rig.messages.filter((msg) => msg === "destination paused");
    assertEquals(paused.length, 1);

    rig.destination.answer = () => OK;
    const from = rig.destination.begun.length;
    await rig.timers.advance(30 * MINUTE);
    assertEquals(await rig.pending(), []);
    const delivered = rig.destination.begun.slice(from);
    assertEquals(delivered.length, 78, "each once");
    const bySeconds = delivered.toSorted((a, b) =>
      a.objectId! < b.objectId! ? -1 : a.objectId! > b.objectId! ? 1 : 0
    ).map(({ eventId }) => eventId).join(" ");
    assertEquals(bySeconds, MANY.split(" ").sort().join(" "));
    assertEquals(delivered.filter(({ isStale }) => isStale), []);
    const resumed = rig.messages.indexOf("destination resumed");
    assertEquals(resumed, rig.messages.lastIndexOf("destination resumed"));
    assertEquals(rig.timers.count, 0);
  });
}

/** A loop whose breaker has just opened for 1 s, while ten and more wait. */
async function goDown(rig: DispatchRig): Promise<void> {
  await rig.start({ concurrency: 2 });
  await rig.bring("z1");
  rig.destination.answer = () => SILENT;
  await rig.bring(idsOf(12));
  await rig.timers.advance(5 * SECOND);
  assertEquals(rig.loop.state.pausedUntilMs, START_MS + 6 * SECOND);
  assertEquals(rig.destination.begun.length, 15);
}

Deno.test("DestinationLoop uses up few attempts of what waits for a destination that is down, whatever the restarts", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => SILENT;
  await rig.accept(idsOf(60));
  for (let restart = 0; restart < 5; restart++) {
    await rig.start({ attemptsMax: 2 });
    await rig.timers.advance(7 * SECOND);
    await rig.loop.stop(0);
  }
  const pending = await rig.pending();
  const counted = pending.filter(({ failures }) => failures > 0).length;
  const dead = 60 - pending.length;
  assert(counted + 2 * dead <= 15, `${counted} counted, ${dead} dead`);
});

Deno.test("DestinationLoop says when it pauses and when it resumes", async () => {
  await using rig = await DispatchRig.open();
  await goDown(rig);
  const paused = rig.log.filter(({ msg }) => msg === "destination paused");
  assertEquals(paused, [
    { msg: "destination paused", destination: NAME, seconds: 1 },
  ]);
  rig.destination.answer = () => OK;
  await rig.timers.advance(SECOND);
  assertEquals(rig.loop.state.pausedUntilMs, null);
  const resumed = rig.log.filter(({ msg }) => msg === "destination resumed");
  assertEquals(resumed, [{ msg: "destination resumed", destination: NAME }]);
});

Deno.test("DestinationLoop begins a single probe, and all when it succeeds", async () => {
  await using rig = await DispatchRig.open();
  await goDown(rig);
  rig.destination.answer = () => undefined;
  await rig.timers.advance(SECOND - 1);
  assertEquals(rig.destination.underWay, "");
  await rig.timers.advance(1);
  assertEquals(rig.destination.underWay, "-3");
  await rig.bring("a1 b1");
  await rig.timers.advance(10 * MINUTE);
  assertEquals(rig.destination.underWay, "-3");
  assertEquals(rig.timers.count, 0, "the end of the probe is what is awaited");
  rig.destination.answer = () => OK;
  await rig.end("-3");
  assertEquals(await rig.pending(), []);
});

Deno.test("DestinationLoop reads nothing while its destination is left alone, and all before it probes", async () => {
  await using rig = await DispatchRig.open();
  await goDown(rig);
  let queries = 0;
  rig.meanwhile.pending = () => {
    queries++;
    return Promise.resolve();
  };
  for (const id of ["a2", "b1", "a1"]) await rig.bring(id);
  assertEquals(queries, 0);
  rig.destination.answer = () => OK;
  const from = rig.destination.begun.length;
  await rig.timers.advance(SECOND);
  assertEquals(queries, 1);
  const ids = rig.destination.begun.slice(from).map(({ eventId }) => eventId);
  assert(ids.indexOf("a1") < ids.indexOf("a2"), ids.join(" "));
});

Deno.test("DestinationLoop counts no unanswered probe", async () => {
  await using rig = await DispatchRig.open();
  await goDown(rig);
  await rig.timers.advance(SECOND);
  assertEquals(
    await rig.standOf("-3"),
    "pending in 30000 ms: 1 unreachable, 2 unreachable",
  );
  const dispatch = (await rig.pending()).find(({ seq }) => seq === 4);
  assertEquals([dispatch?.attempts, dispatch?.failures], [2, 1]);
});

Deno.test("DestinationLoop probes again when the store failed a probe", async () => {
  await using rig = await DispatchRig.open();
  await goDown(rig);
  rig.destination.answer = () => OK;
  rig.meanwhile.load = storeTrouble;
  await rig.timers.advance(3 * SECOND);
  assertEquals(rig.destination.begun.length, 15);
  delete rig.meanwhile.load;
  await rig.timers.advance(MINUTE);
  assertEquals(await rig.pending(), []);
});

Deno.test("DestinationLoop gives up a lone event on which the other side hangs", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => SILENT;
  await rig.start({ attemptsMax: 12 });
  await rig.bring("a1");
  await rig.timers.advance(60 * 60 * MINUTE);
  assertEquals(rig.destination.begun.length, 12);
  assertEquals(await rig.pending(), []);
  assert(rig.messages.includes("dead letter"));
});

Deno.test("DestinationLoop gives up what is refused, however much of it", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = () => FAILED;
  await rig.start({ attemptsMax: 2 });
  await rig.bring(idsOf(100));
  await rig.timers.advance(MINUTE);
  assertEquals(rig.destination.begun.length, 200);
  assertEquals(await rig.pending(), []);
  assert(!rig.messages.includes("destination paused"));
});

Deno.test("DestinationLoop keeps what it could not record, and the lane waits", async () => {
  await using rig = await DispatchRig.open();
  await rig.start({ concurrency: 1 });
  rig.isRecordFailing = true;
  await rig.bring("a1 a2 b1");
  assertEquals(rig.destination.seen, "a1 b1", "others are not held up");
  await rig.timers.advance(10 * MINUTE);
  assertEquals(rig.destination.seen, "a1 b1", "nothing is delivered twice");
  assertEquals(await rig.standOf("a1"), `pending in -${10 * MINUTE} ms: `);
  rig.isRecordFailing = false;
  await rig.timers.advance(SECOND);
  assertEquals(rig.destination.seen, "a1 b1 a2");
  assertEquals(await rig.standOf("a1"), "done: 1 ok");
  assertEquals(await rig.pending(), []);
});

Deno.test("DestinationLoop keeps a failure that it could not record", async () => {
  await using rig = await DispatchRig.open();
  rig.destination.answer = ({ attempt }) => attempt === 1 ? FAILED : OK;
  await rig.start();
  rig.isRecordFailing = true;
  await rig.bring("a1 a2");
  await rig.timers.advance(MINUTE);
  assertEquals(rig.destination.seen, "a1");
  rig.isRecordFailing = false;
  await rig.timers.advance(SECOND);
  assertEquals(await rig.standOf("a1"), "done: 1 status, 2 ok");
});

Deno.test("DestinationLoop delivers only so many that it cannot record", async () => {
  await using rig = await DispatchRig.open();
  await rig.start();
  rig.isRecordFailing = true;
  await rig.bring(idsOf(600));
  await rig.bring(idsOf(600, 601));
  await rig.timers.advance(2 * SECOND);
  const { length } = rig.destination.begun;
  // Those under way when the limit is reached come on top.
  assert(length >= 1_024 && length < 1_024 + 8, `${length} delivered`);
  rig.isRecordFailing = false;
  await rig.timers.advance(SECOND);
  assertEquals(rig.destination.begun.length, 1_200);
  assertEquals(await rig.pending(), []);
});

Deno.test("DestinationLoop goes on when a dispatch can be loaded again", async () => {
  await using rig = await DispatchRig.open();
  await rig.start();
  rig.meanwhile.load = storeTrouble;
  await rig.bring("a1 a2");
  await rig.timers.advance(MINUTE);
  assertEquals(rig.destination.seen, "");
  delete rig.meanwhile.load;
  await rig.timers.advance(SECOND);
  assertEquals(rig.destination.seen, "a1 a2");
  assertEquals(await rig.standOf("a1"), "done: 1 ok", "no attempt was counted");
});

Deno.test("DestinationLoop does not rush through all that waits when nothing can be loaded", async () => {
  await using rig = await DispatchRig.open();
  await rig.start({ concurrency: 4 });
  let loads = 0;
  rig.meanwhile.load = () => {
    loads++;
    return storeTrouble();
  };
  await rig.bring(idsOf(500));
  await rig.timers.advance(10 * SECOND);
  assert(loads >= 40 && loads <= 44, `${loads} times`);
  assertEquals(rig.messages.length, loads);
  delete rig.meanwhile.load;
  await rig.timers.advance(SECOND);
  assertEquals(rig.destination.begun.length, 500);
});

Deno.test("DestinationLoop goes on when it can be read again what is pending", async () => {
  await using rig = await DispatchRig.open();
  rig.meanwhile.pending = storeTrouble;
  await rig.accept("a1");
  await rig.start();
  await rig.bring("a2");
  assertEquals(rig.log, [{
    msg: "store failed",
    fault: "Cannot read the store",
    hint: "Mend it",
  }]);
  await rig.timers.advance(10 * SECOND);
  assertEquals(rig.log.length, 11);
  delete rig.meanwhile.pending;
  await rig.timers.advance(SECOND);
  await rig.started;
  assertEquals(rig.destination.seen, "a1 a2");
  assertEquals(rig.timers.count, 0);
});

Deno.test("DestinationLoop logs nothing of a fault that is not of the store's making", async () => {
  for (const query of ["pending", "load"] as const) {
    await using rig = await DispatchRig.open();
    rig.meanwhile[query] = () => Promise.reject(new Error("Jane Doe"));
    await rig.start();
    await rig.bring("a1");
    assertEquals(rig.log[0], {
      msg: "store failed",
      fault: "Cannot read the store",
      hint: "Please report this",
    });
    assert(!JSON.stringify(rig.log).includes("Jane"));
  }
});

Deno.test("DestinationLoop does not start on a store that cannot be read", async () => {
  await using rig = await DispatchRig.open();
  rig.meanwhile.lastAttempts = storeTrouble;
  await rig.accept("a1");
  await rig.start();
  await assertRejects(() => rig.started, StoreError);
  assertEquals(rig.destination.seen, "");
});

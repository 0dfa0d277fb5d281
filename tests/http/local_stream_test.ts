import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../lib/errors.ts";
import { toLoggable } from "../../lib/log.ts";
import { alteredReader } from "../support/altered_reader.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries, delivery, idOf } from "../support/deliveries.ts";
import { EventSource } from "../support/event_source.ts";
import { RECEIVED } from "../support/log_entries.ts";
import { LocalRig, settle } from "../support/local_rig.ts";
import { rejected } from "../support/rejected.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { turns } from "../support/turns.ts";

async function connect(
  rig: LocalRig,
  lastEventId?: string,
): Promise<EventSource> {
  const response = await rig.fetch("/api/stream", {
    headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId },
  });
  assertEquals(response.status, 200);
  const source = new EventSource(response);
  assertEquals((await source.next())?.comment, "connected");
  return source;
}

Deno.test("the stream sends events, attempts and rejections as they come", async () => {
  await using rig = await LocalRig.make();
  await rig.open.accept(delivery("evt_old"));
  await using source = await connect(rig);
  assertEquals(source.lastId, "1.0");
  const one = delivery("evt_1", { createdAtMs: null });
  const seq = await rig.open.accept(one, ["app"]);
  const [event] = await source.take(1);
  const row = await rig.get<{ events: { dispatches: unknown }[] }>(
    "/api/events?limit=1",
  );
  const { dispatches: _, ...fields } = row.events[0]!;
  assertEquals([event?.event, event?.id], ["event", "2.0"]);
  assertEquals(JSON.parse(event!.data!), fields);

  await rig.timers.advance(100);
  await rig.open.record(
    attempt({ seq, destination: "app" }, { output: "secret" }),
  );
  const [tried] = await source.take(1);
  assertEquals([tried?.event, tried?.id], ["attempt", "2.1"]);
  assertEquals(JSON.parse(tried!.data!), {
    attemptSeq: 1,
    eventId: "evt_1",
    eventName: "inquiry.approved",
    destination: "app",
    number: 1,
    startedAt: "2025-06-15T15:06:41.000Z",
    durationMs: 12,
    outcome: "ok",
    code: 200,
    status: "done",
  });

  rig.monitor.rejected(rejected());
  const [refused] = await source.take(1);
  assertEquals([refused?.event, refused?.id], ["rejected", "2.1"]);
  const listed = await rig.get<{ rejected: unknown[] }>("/api/rejected");
  assertEquals(JSON.parse(refused!.data!), listed.rejected[0]);
});

Deno.test("the stream resumes after the last id, without a gap or a copy", async () => {
  await using rig = await LocalRig.make();
  for (let i = 0; i < 4; i++) {
    const seq = await rig.open.accept(delivery(`evt_${i}`), ["app"]);
    if (i < 3) await rig.open.record(attempt({ seq, destination: "app" }));
  }
  const table: [lastEventId: string | undefined, expected: string][] = [
    [undefined, ""],
    ["4.3", ""],
    ["3.3", "evt_3"],
    ["4.2", "evt_2 app 1"],
    ["2.1", "evt_2, evt_3, evt_1 app 1, evt_2 app 1"],
    [
      "0.0",
      "evt_0, evt_1, evt_2, evt_3, evt_0 app 1, evt_1 app 1, evt_2 app 1",
    ],
    // Of another store, whose end lay elsewhere.
    ["9.1", "evt_1 app 1, evt_2 app 1"],
    ["999999999999999.999999999999999", ""],
  ];
  for (const [lastEventId, expected] of table) {
    await using source = await connect(rig, lastEventId);
    const count = expected === "" ? 0 : expected.split(", ").length;
    assertEquals(await source.names(count), expected, lastEventId);
    await assertSilent(rig, source);
  }
});

Deno.test("the stream ignores an id that it never sent", async () => {
  await using rig = await LocalRig.make();
  await rig.open.accept(delivery("evt_old"));
  for (
    const id of [
      "",
      "1",
      "1.",
      ".1",
      "1.2.3",
      "-1.0",
      "1.5e3",
      "a.b",
      "1,2",
      "0x1.0",
      `${"9".repeat(16)}.0`,
    ]
  ) {
    await using source = await connect(rig, id);
    assertEquals(source.lastId, "1.0", id);
    await assertSilent(rig, source);
  }
});

Deno.test("the stream loses nothing and sends nothing twice, however it is resumed", async () => {
  const random = new SeededRandom(7);
  await using rig = await LocalRig.make({
    // As in another thread: looks overlap with commits and with each other.
    reader: (own) =>
      alteredReader(own, async (_name, read) => {
        const isLate = random.below(2) === 0;
        if (isLate) await turns(random.below(4));
        const result = await read();
        if (!isLate) await turns(random.below(4));
        return result;
      }),
  });
  const wanted: string[] = [];
  let isWritten = false;
  const writing = (async () => {
    for (let i = 0; i < 1_500; i++) {
      const id = `evt_${i}`;
      const seq = await rig.open.accept(delivery(id), ["app"]);
      wanted.push(id);
      if (random.below(2) === 0) continue;
      await rig.open.record(attempt({ seq, destination: "app" }));
      wanted.push(`${id} app 1`);
      if (random.below(20) === 0) await turns(10);
    }
    isWritten = true;
  })();
  let isRead = false;
  const ticking = (async () => {
    while (!isRead) await rig.timers.advance(20);
  })();
  const got: string[] = [];
  let source = await connect(rig, "0.0");
  await using others = new AsyncDisposableStack();
  // They keep the feed going while the first one comes and goes.
  others.use(await connect(rig));
  try {
    while (!isWritten || got.length < wanted.length) {
      if (random.below(40) === 0) {
        await source[Symbol.asyncDispose]();
        if (random.below(2) === 0) await turns(random.below(20));
        source = await connect(rig, source.lastId);
      }
      got.push(await source.names(1));
    }
  } finally {
    isRead = true;
    await Promise.all([writing, ticking]);
  }
  await assertSilent(rig, source);
  await source[Symbol.asyncDispose]();
  const isEvent = (name: string) => !name.includes(" ");
  for (const part of [isEvent, (name: string) => !isEvent(name)]) {
    assertEquals(got.filter(part), wanted.filter(part));
  }
});

Deno.test("a client that resumes while much comes in gets all of it in order", async () => {
  await using rig = await LocalRig.make();
  const count = 3_000;
  const accepting = Promise.all(
    deliveries(count).map((one) => rig.store.accept(one)),
  );
  await using source = await connect(rig, "0.0");
  const ids: string[] = [];
  while (ids.length < count) ids.push(await nextName(rig, source));
  assertEquals(ids, deliveries(count).map(({ id }) => id));
  await accepting;
  await assertSilent(rig, source);
});

Deno.test("the stream sends all of a burst, poll by poll", async () => {
  await using rig = await LocalRig.make();
  await using source = await connect(rig);
  await Promise.all(deliveries(900).map((one) => rig.store.accept(one)));
  await rig.timers.advance(400);
  const ids = await source.names(900);
  assertEquals(ids, deliveries(900).map(({ id }) => id).join(", "));
});

Deno.test("all clients share one poll of the store, at most each 100 ms", async () => {
  let looks = 0;
  await using rig = await LocalRig.make({
    reader: (own) =>
      alteredReader(own, (name, read) => {
        if (name === "news") looks++;
        return read();
      }),
  });
  const commit = () => rig.monitor.committed({ durationMs: 1, size: 1 });
  commit();
  await rig.timers.advance(1_000);
  assertEquals(looks, 0, "nobody watches");
  await using sources = new AsyncDisposableStack();
  for (let i = 0; i < 20; i++) sources.use(await connect(rig));
  await rig.timers.advance(10_000);
  assertEquals(looks, 0, "nothing happens");
  for (let i = 0; i < 50; i++) commit();
  await settle();
  assertEquals(looks, 1, "at once");
  await rig.timers.advance(99);
  assertEquals(looks, 1);
  await rig.timers.advance(1);
  assertEquals(looks, 2, "what came after the first look began");
  await rig.timers.advance(10_000);
  assertEquals(looks, 2, "nothing more");
  for (let ms = 0; ms < 1_000; ms += 10) {
    commit();
    await rig.timers.advance(10);
  }
  assertEquals(looks, 13);
  await sources.disposeAsync();
  commit();
  await rig.timers.advance(1_000);
  assertEquals([looks, rig.timers.count], [13, 0]);
});

Deno.test("the stream sends a heartbeat every 15 s", async () => {
  await using rig = await LocalRig.make();
  await using source = await connect(rig);
  for (let beat = 0; beat < 3; beat++) {
    await rig.timers.advance(14_999);
    await assertSilent(rig, source);
    await rig.timers.advance(1);
    assertEquals(await source.next(), { comment: "heartbeat" });
  }
});

Deno.test("a client that does not read is dropped, and others are not", async () => {
  await using rig = await LocalRig.make();
  const slow = await rig.fetch("/api/stream");
  assertEquals(slow.headers.get("x-accel-buffering"), "no");
  await using source = await connect(rig);
  for (let i = 0; i < 1_200; i++) {
    rig.monitor.rejected(rejected({ requestId: `r-${i}` }));
    await source.take(1);
  }
  await rig.open.accept(delivery("evt_1"));
  assertEquals(await source.names(1), "evt_1");
  // What had left already is all that it gets, and it can resume from there.
  const messages = (await slow.text()).split("\n\n");
  assert(messages.length < 5, `${messages.length} messages`);
  assertEquals(messages[0], ":connected\nid:0.0");
});

Deno.test("a client that reads late within the limit gets everything", async () => {
  await using rig = await LocalRig.make();
  await using source = await connect(rig);
  for (let i = 0; i < 900; i++) {
    rig.monitor.rejected(rejected({ requestId: `r-${i}` }));
  }
  const messages = await source.take(900);
  const ids = messages.map(({ data }) => JSON.parse(data!).requestId);
  assertEquals(ids, Array.from({ length: 900 }, (_, i) => `r-${i}`));
});

Deno.test("a client that lags behind while it catches up is not dropped", async () => {
  await using rig = await LocalRig.make();
  const many = deliveries(5_000);
  await Promise.all(many.map((one) => rig.store.accept(one)));
  await using source = await connect(rig, "0.0");
  await rig.timers.advance(60_000);
  const ids = (await source.names(5_000)).split(", ");
  assertEquals(ids.at(-1), idOf(4_999));
  assertEquals(new Set(ids).size, 5_000);
});

Deno.test("the stream ends with the listener and cannot be opened afterwards", async () => {
  await using rig = await LocalRig.make();
  await using source = await connect(rig);
  rig.monitor.rejected(rejected());
  rig.listener.close();
  assertEquals((await source.next())?.event, "rejected");
  assertEquals(await source.next(), undefined);
  const response = await rig.fetch("/api/stream");
  assertEquals(response.status, 503);
  await response.body?.cancel();
  assertEquals(rig.timers.count, 0);
});

Deno.test("the number of streams is limited", async () => {
  await using rig = await LocalRig.make();
  const sources = [];
  for (let i = 0; i < 100; i++) sources.push(await connect(rig));
  const refused = await rig.fetch("/api/stream");
  assertEquals(refused.status, 503);
  assertEquals(refused.headers.get("retry-after"), "5");
  await refused.body?.cancel();
  await sources.pop()![Symbol.asyncDispose]();
  sources.push(await connect(rig));
  for (const source of sources) await source[Symbol.asyncDispose]();
});

Deno.test("the stream goes on after the store could not be read", async () => {
  const error = new StoreError("Cannot read the store", "Mend it");
  let isBroken = false;
  await using rig = await LocalRig.make({
    reader: (own) =>
      alteredReader(
        own,
        (_name, read) => isBroken ? Promise.reject(error) : read(),
      ),
  });
  await using source = await connect(rig);
  isBroken = true;
  await rig.open.accept(delivery("evt_1"));
  await rig.timers.advance(500);
  isBroken = false;
  await rig.timers.advance(1_000);
  assertEquals(await source.names(1), "evt_1");
  const { message: fault, hint } = error;
  assertEquals(rig.logged, [{ msg: "store failed", fault, hint }]);
});

Deno.test("the stream ends if missed events cannot be read", async () => {
  const error = new StoreError("Cannot read the store", "Mend it");
  await using rig = await LocalRig.make({
    reader: (own) =>
      alteredReader(
        own,
        (name, read) => name === "news" ? Promise.reject(error) : read(),
      ),
  });
  await rig.open.accept(delivery("evt_1"));
  await using source = await connect(rig, "0.0");
  assertEquals(await source.next(), undefined);
  assertEquals(rig.timers.count, 0);
});

/** The next event or attempt; time passes while it is waited for. */
async function nextName(rig: LocalRig, source: EventSource): Promise<string> {
  const next = source.names(1);
  let isThere = false;
  next.finally(() => isThere = true).catch(() => {});
  await Promise.race([next, settle()]);
  for (let i = 0; i < 100 && !isThere; i++) await rig.timers.advance(100);
  return await next;
}

/** Checks that nothing more was sent: what is asked for comes next. */
async function assertSilent(rig: LocalRig, source: EventSource) {
  await settle();
  rig.monitor.rejected(rejected({ requestId: "silence" }));
  const message = await source.next();
  assertEquals(message?.event, "rejected", JSON.stringify(message));
}

Deno.test("the stream sends an event again after a duplicate", async () => {
  await using rig = await LocalRig.make();
  await rig.open.accept(delivery("evt_1"));
  await using source = await connect(rig);
  const copy = await rig.store.accept(delivery("evt_1"), []);
  assertEquals(copy, { ok: true, duplicate: true });
  await rig.timers.advance(100);
  rig.logger.log({
    ...RECEIVED,
    eventId: toLoggable("evt_1"),
    duplicate: true,
  });
  await rig.timers.advance(100);
  const [event] = await source.take(1);
  assertEquals([event?.event, event?.id], ["event", "1.0"]);
  const { id, duplicates } = JSON.parse(event!.data!);
  assertEquals([id, duplicates], ["evt_1", 1]);
  await assertSilent(rig, source);
});

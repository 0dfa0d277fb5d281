import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { openSqliteReader } from "../../lib/store/sqlite/reader.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import type { AcceptResult } from "../../lib/store/store.ts";
import {
  ACCEPTED,
  assertAnswer,
  assertNothingLeaks,
  logOutcome,
  TRY_AGAIN,
} from "../support/answers.ts";
import { MemoryStore } from "../support/memory_store.ts";
import {
  BODY_BYTES_MAX,
  createTestReceiver,
  streamOf,
} from "../support/receiver.ts";
import { bytesOf, eventText, headerOf } from "../support/signed_delivery.ts";

const LIMITS = { bodyBytesMax: BODY_BYTES_MAX };
/** Long enough for a busy machine to get a delivery to the store. */
const DEADLINE_MS = 1_000;
const SLOW_BODY = [408, "Request body took too long"] as const;

/** Runs a test with a folder of its own. */
function testWithFolder(
  name: string,
  test: (folder: string) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await test(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

function never<Value>(): Promise<Value> {
  return new Promise(() => {});
}

testWithFolder("receive() stores one of 50 parallel copies", async (folder) => {
  const stores = [
    new MemoryStore(),
    await openSqliteStore(":memory:", LIMITS),
    await openSqliteStore(join(folder, "inbox.db"), LIMITS),
  ];
  for (const store of stores) {
    const receiver = await createTestReceiver({ store });
    const copies = Array.from({ length: 50 }, () => receiver.post(eventText()));
    for (const response of await Promise.all(copies)) {
      await assertAnswer(response, ACCEPTED);
    }
    await store.close();
    const duplicates = receiver.accepted.filter(({ result }) =>
      result.ok && result.duplicate
    );
    assertEquals([receiver.accepted.length, duplicates.length], [50, 49]);
    const logged = receiver.logged.filter((entry) =>
      entry.msg === "received" && entry.duplicate
    );
    assertEquals([receiver.logged.length, logged.length], [50, 49]);
  }
});

testWithFolder(
  "receive() keeps the first body that came under an id",
  async (folder) => {
    const path = join(folder, "inbox.db");
    const store = await openSqliteStore(path, LIMITS);
    const receiver = await createTestReceiver({ store });
    const first = `${eventText("evt_1", "first")}\n`;
    for (
      const body of [first, eventText("evt_1", "second"), eventText("evt_2")]
    ) {
      await assertAnswer(await receiver.post(body), ACCEPTED);
    }
    await store.close();

    const reader = openSqliteReader(path);
    try {
      const event = await reader.get("evt_1");
      assertEquals(event?.body, bytesOf(first));
      assertEquals(event?.row.duplicates, 1);
      assertEquals(event?.row.secretFingerprint, "fingerprint-0");
      assertEquals(event?.contentType, "application/json; charset=utf-8");
      assertEquals((await reader.list({ limit: 9 })).length, 2);
    } finally {
      reader.close();
    }
  },
);

testWithFolder(
  "receive() keeps each unrecognized body once, where it can be seen",
  async (folder) => {
    const path = join(folder, "inbox.db");
    const store = await openSqliteStore(path, LIMITS);
    const receiver = await createTestReceiver({ store });
    for (const body of ["{}", "{}", "[1]"]) await receiver.post(body);
    await store.close();

    const reader = openSqliteReader(path);
    try {
      const rows = await reader.list({ names: ["unrecognized"], limit: 9 });
      assertEquals(rows.map(({ id, duplicates }) => [id, duplicates]), [
        ["unrecognized_080a9ed428559ef602668b4c00f114f1", 0],
        ["unrecognized_44136fa355b3678a1146ad16f7e8649e", 1],
      ]);
      const last = await reader.get(rows[0]!.id);
      assertEquals(last?.body, bytesOf("[1]"));
    } finally {
      reader.close();
    }
  },
);

Deno.test("receive() stores Persona's count of its attempts", async () => {
  const receiver = await createTestReceiver();
  await receiver.post(eventText(), {
    headers: {
      "persona-webhook-attempts-made": "3",
      "persona-webhook-attempts-left": "5",
      "persona-webhook-first-attempted-at": "1708040897",
    },
  });
  const [{ delivery }] = receiver.accepted as [typeof receiver.accepted[0]];
  assertEquals(delivery.attemptsMade, 3);
  assertEquals(delivery.attemptsLeft, 5);
  assertEquals(delivery.firstAttemptedAtMs, 1_708_040_897_000);
  const [entry] = receiver.logged;
  assert(entry?.msg === "received");
  assertEquals([entry.attempt, entry.attemptsMax], [3, 8]);
});

Deno.test("receive() answers 503 if the store fails", async () => {
  const store = new MemoryStore();
  const receiver = await createTestReceiver({ store });
  for (const reason of ["failed", "overloaded"] as const) {
    store.trouble = () => Promise.resolve({ ok: false, reason });
    receiver.logged.length = 0;
    const response = await receiver.post(eventText());
    assertNothingLeaks(response, receiver);
    await assertAnswer(response, TRY_AGAIN);
    assertEquals(logOutcome(receiver), `store-${reason}`);
  }
  store.trouble = undefined;
  await assertAnswer(await receiver.post(eventText()), ACCEPTED);
});

Deno.test("receive() answers 503 once the store is closed", async () => {
  const store = await openSqliteStore(":memory:", LIMITS);
  const receiver = await createTestReceiver({ store });
  await store.close();
  await assertAnswer(await receiver.post(eventText()), TRY_AGAIN);
});

Deno.test("receive() answers 503 if the store never responds", async () => {
  const store = new MemoryStore();
  store.trouble = never;
  const receiver = await createTestReceiver({ store, deadlineMs: DEADLINE_MS });
  const response = await receiver.post(eventText());
  assertNothingLeaks(response, receiver);
  await assertAnswer(response, TRY_AGAIN);
  assertEquals(logOutcome(receiver), "store-too-slow");
  assertEquals(receiver.accepted, []);
});

Deno.test("receive() ignores a late response of the store", async () => {
  const store = new MemoryStore();
  const late = Promise.withResolvers<AcceptResult>();
  store.trouble = () => late.promise;
  const receiver = await createTestReceiver({ store, deadlineMs: DEADLINE_MS });
  await assertAnswer(await receiver.post(eventText()), TRY_AGAIN);
  late.resolve({ ok: false, reason: "failed" });
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(logOutcome(receiver), "store-too-slow");
});

Deno.test("receive() answers 500 once if accept() rejects", async () => {
  const store = new MemoryStore();
  store.trouble = () => Promise.reject(new TypeError("Canary"));
  const receiver = await createTestReceiver({ store, deadlineMs: DEADLINE_MS });
  const response = await receiver.post(eventText());
  assertNothingLeaks(response, receiver);
  await assertAnswer(response, [500, "Internal error"]);
  // After this one's deadline the first one's has passed too.
  store.trouble = never;
  await assertAnswer(await receiver.post(eventText()), TRY_AGAIN);
  assertEquals(receiver.logged.map(({ msg }) => msg), [
    "request failed",
    "rejected",
  ]);
});

Deno.test("receive() cancels a slow body", async () => {
  const store = new MemoryStore();
  const receiver = await createTestReceiver({ store, deadlineMs: 20 });
  const chunks = [bytesOf(eventText().slice(0, 20))];
  const body = streamOf(chunks, { isEndless: true });
  const response = await receiver.post(body, {
    signature: headerOf(eventText()),
  });
  assertNothingLeaks(response, receiver);
  await assertAnswer(response, SLOW_BODY);
  assertEquals(logOutcome(receiver), "body-too-slow");
  assertEquals(store.stored.size, 0);
});

Deno.test("receive() gives each delivery a deadline of its own", async () => {
  const store = new MemoryStore();
  const receiver = await createTestReceiver({ store, deadlineMs: DEADLINE_MS });
  const stall = () => receiver.post(streamOf([], { isEndless: true }));
  const first = stall();
  await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS / 3));
  const second = stall();
  await assertAnswer(await receiver.post(eventText()), ACCEPTED);
  await assertAnswer(await first, SLOW_BODY);
  await assertAnswer(await receiver.post(eventText("evt_2")), ACCEPTED);
  await assertAnswer(await second, SLOW_BODY);
});

Deno.test("receive() refuses an incomplete body", async () => {
  const receiver = await createTestReceiver();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytesOf(eventText()));
      controller.error(new Error("Canary"));
    },
  });
  const response = await receiver.post(body, {
    signature: headerOf(eventText()),
  });
  assertNothingLeaks(response, receiver);
  await assertAnswer(response, [400, "Request body cut off"]);
  assertEquals(receiver.accepted, []);
});

Deno.test("receive() accepts nothing while stopping", async () => {
  let stopping = false;
  const store = new MemoryStore();
  const isStopping = () => stopping;
  const receiver = await createTestReceiver({ store, isStopping });
  await assertAnswer(await receiver.post(eventText()), ACCEPTED);
  receiver.logged.length = 0;
  stopping = true;
  const response = await receiver.post(eventText("evt_2"));
  await assertAnswer(response, [503, "Stopping, send it again"]);
  assertEquals(logOutcome(receiver), "stopping");
  assertEquals(store.stored.size, 1);
});

Deno.test("receive() finishes deliveries in progress when stopping", async () => {
  let stopping = false;
  const release = Promise.withResolvers<AcceptResult>();
  const store = new MemoryStore();
  store.trouble = () => release.promise;
  const receiver = await createTestReceiver({
    store,
    isStopping: () => stopping,
  });
  const response = receiver.post(eventText());
  stopping = true;
  release.resolve({ ok: true, duplicate: false });
  await assertAnswer(await response, ACCEPTED);
});

import { assertEquals } from "@std/assert";
import { attemptEntry } from "../../lib/dispatch/attempt_entry.ts";
import type { LogEntry } from "../../lib/log.ts";
import type { AttemptRecord } from "../../lib/store/outbox.ts";
import { attempt } from "../support/attempts.ts";
import { SECRET_OUTPUT } from "../support/scripted_destination.ts";

const NOW_MS = 1_750_000_000_000;
const EVENT = { eventId: "evt_1", eventName: "inquiry.approved" };

/** What every entry has of {@linkcode entryOf}'s attempt. */
const COMMON = {
  ...EVENT,
  destination: "app",
  attempt: 3,
  code: 200,
  durationMs: 12,
};

function entryOf(
  changes: Partial<AttemptRecord>,
  { isStale = false, event = EVENT } = {},
): LogEntry {
  const key = { seq: 7, destination: "app" };
  const record = attempt(key, { number: 3, output: SECRET_OUTPUT, ...changes });
  return attemptEntry(event, record, { nowMs: NOW_MS, isStale });
}

Deno.test("attemptEntry() tells what came of an attempt, and no output", () => {
  const failed = { outcome: "status", code: 503, failures: 3 };
  const table: [changes: Partial<AttemptRecord>, expected: unknown][] = [
    [{}, { msg: "delivered", ...COMMON, stale: false }],
    [{ code: null }, { msg: "delivered", ...COMMON, code: null, stale: false }],
    [{ status: "ignored", outcome: "ignored", code: null }, {
      msg: "ignored",
      ...COMMON,
      code: null,
    }],
    [{ status: "dead", ...failed }, {
      msg: "dead letter",
      ...COMMON,
      code: 503,
      reason: "status",
    }],
    ...[[0, 0], [1_499, 1], [1_500, 2], [86_400_000, 86_400]].map((
      [delayMs, retryInSeconds],
    ): [Partial<AttemptRecord>, unknown] => [
      { status: "pending", ...failed, dueAtMs: NOW_MS + delayMs! },
      {
        msg: "attempt failed",
        ...COMMON,
        code: 503,
        reason: "status",
        retryInSeconds,
      },
    ]),
  ];
  for (const [changes, expected] of table) {
    assertEquals(entryOf(changes), expected as LogEntry);
  }
});

Deno.test("attemptEntry() says that a stale event was delivered", () => {
  const expected = { msg: "delivered", ...COMMON, stale: true };
  assertEquals(entryOf({}, { isStale: true }), expected as LogEntry);
});

Deno.test("attemptEntry() lets nothing in that does not look like an identifier", () => {
  const event = { eventId: "Jane Doe", eventName: "jane@example.com" };
  const expected = {
    msg: "delivered",
    ...COMMON,
    eventId: "<8 characters>",
    eventName: "<16 characters>",
    stale: false,
  };
  assertEquals(entryOf({}, { event }), expected as unknown as LogEntry);
});

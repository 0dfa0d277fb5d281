/**
 * An attempt as it is logged. What the other side said stays out: it may repeat what
 * it was sent.
 *
 * @module
 */

import { type LogEntry, toLoggable } from "../log.ts";
import type { AttemptRecord, LoadedDispatch } from "../store/store.ts";

/**
 * Makes the log entry of an attempt.
 *
 * @param event What was dispatched.
 * @param record What came of it.
 * @param options The time, and whether the event was stale.
 * @returns The entry.
 */
export function attemptEntry(
  event: Pick<LoadedDispatch, "eventId" | "eventName">,
  record: AttemptRecord,
  { nowMs, isStale }: { nowMs: number; isStale: boolean },
): LogEntry {
  const { destination, number: attempt, code, durationMs, outcome } = record;
  const entry = {
    eventId: toLoggable(event.eventId),
    eventName: toLoggable(event.eventName),
    destination,
    attempt,
    code,
    durationMs,
  };
  switch (record.status) {
    case "done":
      return { msg: "delivered", ...entry, stale: isStale };
    case "ignored":
      return { msg: "ignored", ...entry };
    case "dead":
      return { msg: "dead letter", ...entry, reason: outcome };
    case "pending":
      return {
        msg: "attempt failed",
        ...entry,
        reason: outcome,
        retryInSeconds: Math.round((record.dueAtMs - nowMs) / 1000),
      };
  }
}

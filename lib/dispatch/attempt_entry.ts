// The log entry of an attempt. It leaves out the response, which may repeat what was
// sent.

import { type LogEntry, toLoggable } from "../log.ts";
import type { AttemptRecord, LoadedDispatch } from "../store/outbox.ts";

/** Creates the log entry of an attempt. */
export function attemptEntry(
  event: Pick<LoadedDispatch, "eventId" | "eventName">,
  record: AttemptRecord,
  { nowMs, isStale = false }: { nowMs: number; isStale?: boolean },
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

// Followed events and attempts, a line each: for people in the words of the log, for programs as
// JSON.

import { attemptRowFields, eventFields } from "../views/event_json.ts";
import {
  attemptLine,
  type AttemptResult,
  receivedLine,
} from "../lines/event_lines.ts";
import { prettyLine, type Screen } from "../lines/pretty_line.ts";
import { receivedEntry } from "../views/received_entry.ts";
import type {
  AttemptRow,
  EventReader,
  EventRow,
} from "../store/event_reader.ts";
import { escapeInLine } from "../escape.ts";
import type { Followed } from "./follow.ts";

/** One JSON object; its `type` is `event` or `attempt`. */
export function jsonLine({ kind: type, row }: Followed): string {
  const fields = type === "event" ? eventFields(row) : attemptRowFields(row);
  return JSON.stringify({ type, ...fields });
}

/**
 * An event for people.
 *
 * @returns The line, without its end.
 */
export function eventLine(row: EventRow, screen: Screen): string {
  const entry = receivedEntry(row, { requestId: "", duplicate: false });
  const { objectType, objectId } = row;
  const line = receivedLine({
    ...entry,
    eventId: escapeInLine(row.id),
    eventName: escapeInLine(row.name),
    objectType: objectType === null ? null : escapeInLine(objectType),
    objectId: objectId === null ? null : escapeInLine(objectId),
  });
  return prettyLine(line, screen, row.receivedAtMs);
}

/**
 * An attempt for people: indented, and below a failed one stands what to do.
 *
 * @returns The lines, without their last end.
 */
export function attemptRowLine(
  row: AttemptRow,
  result: AttemptResult,
  screen: Screen,
): string {
  const { destination, number: attempt, code, durationMs } = row;
  const eventId = escapeInLine(row.eventId);
  const eventName = escapeInLine(row.eventName);
  const line = attemptLine(
    { eventId, eventName, destination, attempt, code, durationMs },
    result,
  );
  return prettyLine(line, screen, row.startedAtMs + durationMs);
}

/**
 * Finds out what an attempt means. What the store says of its dispatch belongs to the
 * last attempt: one before it just failed.
 */
export async function attemptResult(
  reader: EventReader,
  row: AttemptRow,
): Promise<AttemptResult> {
  const { outcome: reason, status, startedAtMs, durationMs } = row;
  if (reason === "ok") return { status: "done", stale: false };
  if (reason === "ignored") return { status: "ignored" };
  const stored = await reader.get(row.eventId);
  const dispatch = stored?.dispatches.find(({ destination }) =>
    destination === row.destination
  );
  const isLast = dispatch?.attempts.at(-1)?.number === row.number;
  if (isLast && status === "dead") return { status, reason };
  const dueAtMs = isLast ? dispatch.dueAtMs : null;
  return {
    status: "pending",
    reason,
    retryInSeconds: dueAtMs === null
      ? null
      : Math.max(0, Math.round((dueAtMs - startedAtMs - durationMs) / 1_000)),
  };
}

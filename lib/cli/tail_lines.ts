/**
 * What is followed, a line each: for people in the words of the log, for programs as
 * JSON.
 *
 * @module
 */

import { attemptRowFields, eventFields } from "../event_json.ts";
import { toLoggable } from "../log.ts";
import { prettyFormat } from "../log_pretty.ts";
import { receivedEntry } from "../received_entry.ts";
import { attemptText, type PrettyLine, prettyLine } from "../pretty_line.ts";
import type { AttemptRow, EventRow } from "../store/store.ts";
import type { Followed } from "./follow.ts";

/** One JSON object; its `type` is `event` or `attempt`. */
export function jsonLine({ kind: type, row }: Followed): string {
  const fields = type === "event" ? eventFields(row) : attemptRowFields(row);
  return JSON.stringify({ type, ...fields });
}

/**
 * One line for people; an attempt is indented.
 *
 * @param followed What came in.
 * @param options Whether the reader is a terminal that shows colours.
 * @returns The line, without its end.
 */
export function followedLine(
  followed: Followed,
  options: { color: boolean },
): string {
  if (followed.kind === "event") return eventLine(followed.row, options);
  const { row } = followed;
  const timeMs = row.startedAtMs + row.durationMs;
  return prettyLine(attemptLine(row), { ...options, timeMs });
}

function eventLine(row: EventRow, options: { color: boolean }): string {
  const entry = receivedEntry(row, { requestId: "", duplicate: false });
  const timeMs = row.receivedAtMs;
  return prettyFormat(options)(entry, { level: "info", timeMs });
}

function attemptLine(row: AttemptRow): PrettyLine {
  const { destination, number, code, durationMs, outcome } = row;
  const eventId = toLoggable(row.eventId);
  const eventName = toLoggable(row.eventName);
  const entry = {
    eventId,
    eventName,
    destination,
    attempt: number,
    code,
    durationMs,
  };
  if (outcome === "ok") {
    const text = attemptText(entry, "delivered");
    return { mark: "  →", color: "green", text, more: eventId };
  }
  const isDead = row.status === "dead";
  return {
    mark: "  ✗",
    color: isDead ? "red" : "yellow",
    text: attemptText(
      entry,
      `${isDead ? "dead letter" : "failed"}: ${outcome}`,
    ),
    more: isDead ? `persona-inbox replay ${eventId}` : eventId,
  };
}

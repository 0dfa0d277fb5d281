/**
 * Events as they are shown to people.
 *
 * @module
 */

import {
  attemptFields,
  dispatchFields,
  eventFields,
  shownBody,
  shownDispatches,
  type ShowOptions,
} from "../event_json.ts";
import type { Attempt, EventRow, StoredEvent } from "../store/store.ts";
import { alignColumns } from "./table.ts";

/** How much of an output is shown, in characters. */
const OUTPUT_LENGTH_MAX = 200;

/** Events as a table, its heading first. */
export function eventTable(rows: readonly EventRow[]): string[] {
  return alignColumns([
    ["RECEIVED", "NAME", "OBJECT", "DUPLICATES", "STATUS", "ID"],
    ...rows.map(eventFields).map((fields) => [
      fields.receivedAt ?? "",
      fields.name,
      fields.objectId ?? "",
      String(fields.duplicates),
      fields.status,
      fields.id,
    ]),
  ]);
}

/**
 * One event with its dispatches, their attempts and its body.
 *
 * @param stored The event.
 * @param options How it is shown.
 * @returns Lines, without their last end.
 */
export function storedText(stored: StoredEvent, options: ShowOptions): string {
  const fields = Object.entries(eventFields(stored.row)).map((
    [name, value],
  ) => [name, value === null ? "" : String(value)]);
  const dispatches = dispatchLines(stored, options);
  const body = shownBody(stored, { ...options, indent: 2 });
  return [...alignColumns(fields), "", ...dispatches, body].join("\n");
}

function dispatchLines(stored: StoredEvent, options: ShowOptions): string[] {
  const dispatches = shownDispatches(stored, options);
  if (dispatches.length === 0) return [];
  const [heading = "", ...lines] = alignColumns([
    ["DESTINATION", "STATUS", "ATTEMPTS", "DUE"],
    ...dispatches.map((dispatch) => {
      const { destination, status, dueAt } = dispatchFields(dispatch);
      return [
        destination,
        status,
        String(dispatch.attempts.length),
        dueAt ?? "",
      ];
    }),
  ]);
  const withAttempts = dispatches.flatMap(({ attempts }, i) => [
    lines[i] ?? "",
    ...alignColumns(attempts.map(attemptCells)).map((line) => `  ${line}`),
  ]);
  return [heading, ...withAttempts, ""];
}

function attemptCells(attempt: Attempt): string[] {
  const { number, startedAt, outcome, code, durationMs, output } =
    attemptFields(attempt);
  const folded = output.replace(/\s+/g, " ").trim();
  const isLong = folded.length > OUTPUT_LENGTH_MAX;
  return [
    String(number),
    startedAt ?? "",
    code === null ? outcome : `${outcome} ${code}`,
    `${durationMs} ms`,
    isLong ? `${folded.slice(0, OUTPUT_LENGTH_MAX)}…` : folded,
  ];
}

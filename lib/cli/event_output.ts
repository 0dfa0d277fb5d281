import {
  attemptFields,
  dispatchFields,
  eventFields,
  shownBody,
  shownDispatches,
  type ShowOptions,
} from "../views/event_json.ts";
import type { Piece } from "../lines/fit_text.ts";
import { shortId } from "../lines/short_id.ts";
import type { EventRow, StoredEvent } from "../store/event_reader.ts";
import type { Attempt } from "../store/outbox.ts";
import { cutText } from "../lines/text_width.ts";
import { escapeInLine } from "../escape.ts";
import { alignColumns } from "./table.ts";

/** The most characters of an output that are shown. */
const OUTPUT_LENGTH_MAX = 200;

/** The columns of a name where room is scarce. */
const NAME_COLUMNS = 20;

/**
 * Events as a table.
 *
 * @param columns How wide it may be; without it nothing is shortened.
 * @returns Its lines, the heading first.
 */
export function eventTable(
  rows: readonly EventRow[],
  columns: number | null = null,
): string[] {
  return alignColumns([
    [
      { text: "RECEIVED", drop: 3 },
      "NAME",
      { text: "OBJECT", drop: 2 },
      "STATUS",
      { text: "DUPLICATES", drop: 1 },
      "ID",
    ],
    ...rows.map(eventCells),
  ], columns);
}

/** Persona's own ids are shorter. */
const ID_COLUMNS = 32;

/** An id is what other commands take: it is cut at the end, after all else. */
function eventCells(row: EventRow): Piece[] {
  const fields = eventFields(row);
  const time = fields.receivedAt;
  const name = escapeInLine(fields.name);
  const objectId = escapeInLine(fields.objectId ?? "");
  const id = escapeInLine(fields.id);
  return [
    { text: time, short: time.slice(5, 16).replace("T", " "), drop: 3 },
    { text: name, drop: 4, rest: cutText(name, NAME_COLUMNS) },
    { text: objectId, short: shortId(objectId), drop: 2 },
    fields.status,
    { text: duplicatesText(fields), drop: 1 },
    // A long one must not cost the others their rest.
    { text: id, short: id.length > ID_COLUMNS ? shortId(id) : id },
  ];
}

/**
 * One event with its dispatches, their attempts and its body.
 *
 * @returns Lines, without their last end.
 */
export function storedText(stored: StoredEvent, options: ShowOptions): string {
  const fields = Object.entries(eventFields(stored.row)).map((
    [name, value],
  ) => [name, value === null ? "" : escapeInLine(String(value))]);
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

function duplicatesText(
  { duplicates, duplicatesDiffering }: ReturnType<typeof eventFields>,
): string {
  if (duplicatesDiffering === 0) return String(duplicates);
  return `${duplicates}, ${duplicatesDiffering} with another body`;
}

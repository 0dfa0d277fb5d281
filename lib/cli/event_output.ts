import {
  attemptFields,
  dispatchFields,
  eventFields,
  shownBody,
  shownDispatches,
  type ShowOptions,
} from "../views/event_json.ts";
import { localTime } from "../lines/local_time.ts";
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
 * @param columns The width limit; nothing is shortened without one.
 * @returns Its lines, the heading first.
 */
export function eventTable(
  rows: readonly EventRow[],
  columns: number | null = null,
): string[] {
  const now = new Date();
  const offsetMinutes = -now.getTimezoneOffset();
  const zone = localTime(now).slice(19);
  return alignColumns([
    [
      { text: "RECEIVED", short: `AT ${zone}`, drop: 3 },
      "NAME",
      { text: "OBJECT", drop: 2 },
      "STATUS",
      { text: "DUPLICATES", drop: 1 },
      "ID",
    ],
    ...rows.map((row) => eventCells(row, offsetMinutes)),
  ], columns);
}

/** Persona's own ids are shorter. */
const ID_COLUMNS = 32;

/** An id is what other commands take: it is cut at the end, after all else. */
function eventCells(row: EventRow, offsetMinutes: number): Piece[] {
  const fields = eventFields(row);
  const { receivedAt } = fields;
  const text = localTime(receivedAt);
  // Its zone is in the heading.
  const short = localTime(receivedAt, offsetMinutes).slice(5, 16);
  const name = escapeInLine(fields.name);
  const objectId = escapeInLine(fields.objectId ?? "");
  const id = escapeInLine(fields.id);
  return [
    { text, short, drop: 3 },
    { text: name, drop: 4, rest: cutText(name, NAME_COLUMNS) },
    { text: objectId, short: shortId(objectId), isId: true, drop: 2 },
    fields.status,
    { text: duplicatesText(fields), drop: 1 },
    // A long one must not cost the others their rest.
    { text: id, short: id.length > ID_COLUMNS ? shortId(id) : id, isId: true },
  ];
}

/** Options of {@linkcode storedText}. */
export interface StoredTextOptions extends ShowOptions {
  readonly hasBody: boolean;
  /** Names of destinations that are paused by a command. */
  readonly paused: readonly string[];
}

/**
 * One event: its dispatches and their attempts first, then what is known of it, and its
 * body when it is asked for.
 *
 * @returns Lines, without their last end.
 */
export function storedText(
  stored: StoredEvent,
  options: StoredTextOptions,
): string {
  const fields = Object.entries(eventFields(stored.row)).map((
    [name, value],
  ) => [name, valueText(name, value)]);
  const dispatches = dispatchLines(stored, options);
  const body = options.hasBody
    ? ["", shownBody(stored, { ...options, indent: 2 })]
    : [];
  return [...dispatches, ...alignColumns(fields), ...body].join("\n");
}

function valueText(name: string, value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  return name.endsWith("At") ? localTime(text) : escapeInLine(text);
}

function dispatchLines(
  stored: StoredEvent,
  options: StoredTextOptions,
): string[] {
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
        dueAt === null
          ? ""
          : options.paused.includes(destination)
          ? "when resumed"
          : localTime(dueAt),
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
    startedAt === null ? "" : localTime(startedAt),
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

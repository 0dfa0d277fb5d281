/**
 * Events as they are printed, for people and for programs.
 *
 * @module
 */

import { InboxError } from "../errors.ts";
import { isJsonObject, type JsonValue } from "../persona/json.ts";
import { maskPayload } from "../persona/mask.ts";
import { setAtPath } from "../persona/set_at_path.ts";
import {
  type EventRow,
  type StoredEvent,
  UNRECOGNIZED,
} from "../store/store.ts";
import { alignColumns } from "./table.ts";

/** An event as one JSON object on one line. */
export function eventJson(row: EventRow): string {
  return JSON.stringify(fieldsOf(row));
}

/** Events as a table, its heading first. */
export function eventTable(rows: readonly EventRow[]): string[] {
  return alignColumns([
    ["RECEIVED", "NAME", "OBJECT", "DUPLICATES", "STATUS", "ID"],
    ...rows.map((row) => [
      isoTime(row.receivedAtMs) ?? "",
      row.name,
      row.objectId ?? "",
      String(row.duplicates),
      "none",
      row.id,
    ]),
  ]);
}

/**
 * One event with its body as one JSON object on one line.
 *
 * @param stored The event.
 * @param reveal Whether to show the body as it is.
 * @returns The line; a revealed body stands in it with its digits and escapes.
 */
export function storedJson(stored: StoredEvent, reveal: boolean): string {
  const { row, contentType } = stored;
  const head = JSON.stringify({ ...fieldsOf(row), contentType });
  // A line break in JSON can only be white space.
  const body = reveal
    ? textOf(stored).replace(/[\r\n]+/g, " ")
    : maskedText(stored);
  return `${head.slice(0, -1)},"body":${body}}`;
}

/** One event with its body, for people. */
export function storedText(stored: StoredEvent, reveal: boolean): string {
  const fields = Object.entries(fieldsOf(stored.row)).map((
    [name, value],
  ) => [name, value === null ? "" : String(value)]);
  const body = reveal ? textOf(stored) : maskedText(stored, 2);
  return [...alignColumns(fields), "", body].join("\n");
}

function fieldsOf(row: EventRow) {
  return {
    id: row.id,
    name: row.name,
    objectType: row.objectType,
    objectId: row.objectId,
    createdAt: isoTime(row.createdAtMs),
    receivedAt: isoTime(row.receivedAtMs),
    duplicates: row.duplicates,
    status: "none",
    signature: row.secretFingerprint === null ? "unsigned" : "verified",
    secretFingerprint: row.secretFingerprint,
    attemptsMade: row.attemptsMade,
    attemptsLeft: row.attemptsLeft,
    firstAttemptedAt: isoTime(row.firstAttemptedAtMs),
  };
}

function textOf({ body }: StoredEvent): string {
  return new TextDecoder().decode(body);
}

function maskedText(stored: StoredEvent, indent = 0): string {
  try {
    return JSON.stringify(maskedBody(stored), null, indent);
  } catch (error) {
    throw new InboxError(
      "Cannot show event as its body must not be nested so deeply",
      "Show it unmasked, as it is: --reveal",
      { cause: error },
    );
  }
}

/** The envelope's name is no personal data, unlike other values under `name`. */
function maskedBody(stored: StoredEvent): JsonValue {
  const masked = maskPayload(JSON.parse(textOf(stored)));
  const { name } = stored.row;
  if (name !== UNRECOGNIZED && isJsonObject(masked)) {
    setAtPath(masked, ["data", "attributes", "name"], name);
  }
  return masked;
}

function isoTime(ms: number | null): string | null {
  if (ms === null) return null;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

// The columns of tables, once for every adapter: INSERT, SELECT and rows are made from
// them.

import type { DeliveryHeaders } from "../persona/delivery_headers.ts";
import type { EventRow } from "./event_reader.ts";
import type { Attempt } from "./outbox.ts";
import type { CopiedDispatch } from "./store_copy.ts";
import type { Delivery } from "./store.ts";

/** A row as a database returns it. */
export type DatabaseRow = Readonly<Record<string, unknown>>;

/** A value of a column. */
type ColumnValue = string | number | null;

/** A column and the conversion of its values. */
interface Column<Value extends ColumnValue> {
  readonly name: string;
  readonly read: (value: unknown) => Value;
}

/** The columns of a table by property name. */
export type Columns<Row> = {
  readonly [Key in keyof Row]: Row[Key] extends ColumnValue ? Column<Row[Key]>
    : never;
};

/** The stored fields of a delivery beside its body. */
export type EventFields = Omit<
  Delivery,
  "body" | "contentType" | "digest" | "headers"
>;

/** Persona's count of its attempts. */
export const DELIVERY_COLUMNS: Columns<DeliveryHeaders> = {
  attemptsMade: numberOrNull("attempts_made"),
  attemptsLeft: numberOrNull("attempts_left"),
  firstAttemptedAtMs: numberOrNull("first_attempted_at_ms"),
};

/** Set when an event is stored. */
export const EVENT_COLUMNS: Columns<EventFields> = {
  id: text("id"),
  name: text("name"),
  objectType: textOrNull("object_type"),
  objectId: textOrNull("object_id"),
  createdAtMs: numberOrNull("created_at_ms"),
  receivedAtMs: number("received_at_ms"),
  secretFingerprint: textOrNull("secret_fingerprint"),
  ...DELIVERY_COLUMNS,
};

/** All fields of an event but its status, which follows from its dispatches. */
export const EVENT_ROW_COLUMNS: Columns<Omit<EventRow, "status">> = {
  seq: number("seq"),
  ...EVENT_COLUMNS,
  duplicates: number("duplicates"),
  duplicatesDiffering: number("duplicates_differing"),
};

/** The fields of a dispatch beside its event and its status. */
export const DISPATCH_COLUMNS: Columns<Omit<CopiedDispatch, "status">> = {
  destination: text("destination"),
  dueAtMs: number("due_at_ms"),
  attempts: number("attempts"),
  failures: number("failures"),
  replays: number("replays"),
};

/** The fields of an attempt. */
export const ATTEMPT_COLUMNS: Columns<Attempt> = {
  number: number("number"),
  startedAtMs: number("started_at_ms"),
  durationMs: number("duration_ms"),
  outcome: text("outcome"),
  code: numberOrNull("code"),
  output: text("output"),
};

/**
 * An INSERT with a parameter for each column, in order.
 *
 * @param more Names of columns whose values come first.
 */
export function insertInto<Row>(
  table: string,
  columns: Columns<Row>,
  more: readonly string[] = [],
): string {
  const names = [...more, ...namesOf(columns)];
  const parameters = names.map(() => "?").join(", ");
  return `INSERT INTO ${table} (${names.join(", ")}) VALUES (${parameters})`;
}

/** The names of columns for a SELECT, each after the name of its table. */
export function selectList<Row>(table: string, columns: Columns<Row>): string {
  return namesOf(columns).map((name) => `${table}.${name}`).join(", ");
}

/** The values of a row in the order of its columns. */
export function valuesOf<Row>(
  columns: Columns<Row>,
  row: Row,
): ColumnValue[] {
  return keysOf(columns).map((key) => row[key] as ColumnValue);
}

/** The values of a row by the names of its columns. */
export function recordOf<Row>(
  columns: Columns<Row>,
  row: Row,
): Record<string, ColumnValue> {
  const values = valuesOf(columns, row);
  return Object.fromEntries(
    namesOf(columns).map((name, i) => [
      name,
      values[i] ?? null,
    ]),
  );
}

/** Converts a row by its columns. */
export function readRow<Row>(columns: Columns<Row>, row: DatabaseRow): Row {
  const values: Partial<Row> = {};
  for (const key of keysOf(columns)) {
    const { name, read }: Column<ColumnValue> = columns[key];
    values[key] = read(row[name]) as Row[typeof key];
  }
  return values as Row;
}

function keysOf<Row>(columns: Columns<Row>): (keyof Row)[] {
  return Object.keys(columns) as (keyof Row)[];
}

/** The names of columns. */
export function namesOf<Row>(columns: Columns<Row>): string[] {
  return Object.values<Column<ColumnValue>>(columns).map(({ name }) => name);
}

function text(name: string): Column<string> {
  return { name, read: String };
}

function textOrNull(name: string): Column<string | null> {
  return { name, read: textOrNullOf };
}

/** Converts a text that may be NULL. */
export function textOrNullOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Copies bytes, which may be a part of a driver's larger buffer. */
export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array ? new Uint8Array(value) : new Uint8Array();
}

function number(name: string): Column<number> {
  return { name, read: Number };
}

/** Converts a number that may be NULL. */
export function numberOrNullOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function numberOrNull(name: string): Column<number | null> {
  return { name, read: numberOrNullOf };
}

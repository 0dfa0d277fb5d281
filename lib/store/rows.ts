// Conversion of rows to the types of the contract.

import {
  ATTEMPT_COLUMNS,
  type DatabaseRow,
  EVENT_ROW_COLUMNS,
  readRow,
  selectList,
} from "./columns.ts";
import { STATUS_CODES } from "./status_codes.ts";
import type {
  AttemptRow,
  DispatchState,
  EventRow,
  EventStatus,
} from "./event_reader.ts";
import type { DispatchStatus } from "./outbox.ts";

/**
 * Returns the columns of `events` for {@linkcode toEventRow}.
 *
 * @param schema What stands before the name of a table.
 */
export function eventRow(schema = ""): string {
  return `${selectList("events", EVENT_ROW_COLUMNS)}, (SELECT max(status)
    FROM ${schema}dispatches d WHERE d.seq = events.seq) AS status`;
}

const { output: _, ...ATTEMPT_ROW_COLUMNS } = ATTEMPT_COLUMNS;

const STATUSES = new Map(
  Object.entries(STATUS_CODES).map(([name, code]) => [code, name]),
) as ReadonlyMap<number, DispatchStatus>;

/** Converts a row to an event of a list. */
export function toEventRow(row: DatabaseRow): EventRow {
  return {
    ...readRow(EVENT_ROW_COLUMNS, row),
    status: eventStatusOf(row.status),
  };
}

/** Converts a row to the state of a dispatch. */
export function toDispatchState(row: DatabaseRow): DispatchState {
  const status = statusOf(row.status);
  return {
    destination: String(row.destination),
    status,
    dueAtMs: status === "pending" ? Number(row.due_at_ms) : null,
  };
}

/** Converts a row to an attempt. */
export function toAttemptRow(row: DatabaseRow): AttemptRow {
  return {
    ...readRow(ATTEMPT_ROW_COLUMNS, row),
    attemptSeq: Number(row.attempt_seq),
    seq: Number(row.seq),
    destination: String(row.destination),
    eventId: String(row.event_id),
    eventName: String(row.event_name),
    status: statusOf(row.status),
  };
}

function eventStatusOf(value: unknown): EventStatus {
  const status = value === null ? "ignored" : statusOf(value);
  return status === "ignored" ? "none" : status;
}

/** Converts the status of a dispatch. */
export function statusOf(value: unknown): DispatchStatus {
  const status = STATUSES.get(Number(value));
  if (!status) throw new Error(`Cannot read dispatch as its status is none`);
  return status;
}

// Conversion of rows to the types of the contract.

import {
  ATTEMPT_COLUMNS,
  bytesOf,
  type DatabaseRow,
  DELIVERY_COLUMNS,
  EVENT_ROW_COLUMNS,
  readRow,
  selectList,
  textOrNullOf,
} from "./columns.ts";
import { STATUS_CODES } from "./status_codes.ts";
import type { AttemptRow, DispatchState, EventRow } from "./event_reader.ts";
import type {
  DispatchStatus,
  EventStatus,
  LoadedDispatch,
  PastAttempt,
  Pause,
  PendingDispatch,
} from "./outbox.ts";

/** The columns of `events` for {@linkcode toEventRow}. */
export const EVENT_ROW = `${selectList("events", EVENT_ROW_COLUMNS)},
  CASE WHEN events.erased_at_ms IS NOT NULL THEN ${STATUS_CODES.erased}
    ELSE (SELECT max(status) FROM $schema.dispatches d
      WHERE d.seq = events.seq) END AS status`;

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
    attemptCount: Number(row.attempts),
  };
}

/** Converts a row to a pending dispatch. */
export function toPendingDispatch(row: DatabaseRow): PendingDispatch {
  return {
    seq: Number(row.seq),
    objectId: textOrNullOf(row.object_id),
    orderMs: Number(row.order_ms),
    dueAtMs: Number(row.due_at_ms),
    plannedAtMs: Number(row.planned_at_ms),
    attempts: Number(row.attempts),
    failures: Number(row.failures),
    replays: Number(row.replays),
  };
}

/** Converts a row to all of a dispatch but its staleness. */
export function toLoadedDispatch(
  row: DatabaseRow,
): Omit<LoadedDispatch, "isStale"> {
  return {
    eventId: String(row.id),
    eventName: String(row.name),
    objectId: textOrNullOf(row.object_id),
    contentType: textOrNullOf(row.content_type),
    delivery: readRow(DELIVERY_COLUMNS, row),
    ...bodyOf(row),
  };
}

/** The body of a row; without one it is lost, unless it is erased. */
export function bodyOf({ body, is_erased: isErased }: DatabaseRow): {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly unreadable?: "lost";
} {
  if (body !== null) return { body: bytesOf(body) };
  return { body: new Uint8Array(), ...(!isErased && { unreadable: "lost" }) };
}

/** Converts a row to a past attempt. */
export function toPastAttempt(row: DatabaseRow): PastAttempt {
  return {
    seq: Number(row.seq),
    outcome: String(row.outcome),
    code: row.code === null ? null : Number(row.code),
    endedAtMs: Number(row.ended_at_ms),
  };
}

/** Converts a row to a paused destination. */
export function toPause(row: DatabaseRow): Pause {
  return {
    destination: String(row.destination),
    sinceMs: Number(row.since_ms),
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

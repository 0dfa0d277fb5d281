/**
 * Rows of a SQLite store as the contract has them.
 *
 * @module
 */

import type { SQLOutputValue } from "node:sqlite";
import { STATUS_CODES } from "./schema.ts";
import type {
  Attempt,
  AttemptRow,
  DispatchState,
  DispatchStatus,
  EventRow,
  EventStatus,
} from "../store.ts";

type Row = Record<string, SQLOutputValue>;

/** What {@linkcode toEventRow} needs of `events`. */
export const COLUMNS = `events.seq, id, name, object_type, object_id,
  created_at_ms, received_at_ms, secret_fingerprint, attempts_made,
  attempts_left, first_attempted_at_ms, duplicates,
  (SELECT max(status) FROM dispatches d WHERE d.seq = events.seq) AS status`;

const STATUSES = new Map(
  Object.entries(STATUS_CODES).map(([name, code]) => [code, name]),
) as ReadonlyMap<number, DispatchStatus>;

/** An event as it is listed. */
export function toEventRow(row: Row): EventRow {
  return {
    seq: Number(row.seq),
    id: String(row.id),
    name: String(row.name),
    objectType: textOf(row.object_type),
    objectId: textOf(row.object_id),
    createdAtMs: numberOf(row.created_at_ms),
    receivedAtMs: Number(row.received_at_ms),
    secretFingerprint: textOf(row.secret_fingerprint),
    attemptsMade: numberOf(row.attempts_made),
    attemptsLeft: numberOf(row.attempts_left),
    firstAttemptedAtMs: numberOf(row.first_attempted_at_ms),
    duplicates: Number(row.duplicates),
    status: eventStatusOf(row.status),
  };
}

/** How a dispatch stands. */
export function toDispatchState(row: Row): DispatchState {
  const status = statusOf(row.status);
  return {
    destination: String(row.destination),
    status,
    dueAtMs: status === "pending" ? Number(row.due_at_ms) : null,
  };
}

/** One try. */
export function toAttempt(row: Row): Attempt {
  return {
    number: Number(row.number),
    startedAtMs: Number(row.started_at_ms),
    durationMs: Number(row.duration_ms),
    outcome: String(row.outcome),
    code: numberOf(row.code),
    output: String(row.output),
  };
}

/** One try as it is followed. */
export function toAttemptRow(row: Row): AttemptRow {
  return {
    ...toAttempt(row),
    attemptSeq: Number(row.attempt_seq),
    seq: Number(row.seq),
    destination: String(row.destination),
    eventId: String(row.event_id),
    eventName: String(row.event_name),
    status: statusOf(row.status),
  };
}

function eventStatusOf(value: SQLOutputValue | undefined): EventStatus {
  const status = value === null ? "ignored" : statusOf(value);
  return status === "ignored" ? "none" : status;
}

function statusOf(value: SQLOutputValue | undefined): DispatchStatus {
  const status = STATUSES.get(Number(value));
  if (!status) throw new Error(`Cannot read dispatch as its status is none`);
  return status;
}

function textOf(value: SQLOutputValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** A number, or null where the column is. */
export function numberOf(value: SQLOutputValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

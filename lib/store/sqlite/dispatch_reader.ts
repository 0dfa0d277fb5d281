/**
 * Reads from a SQLite store what is to be dispatched.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { readFrom } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";
import { numberOf } from "./rows.ts";
import { STATUS_CODES } from "./schema.ts";
import type {
  Delivered,
  DispatchKey,
  DispatchReader,
  LoadedDispatch,
  PastAttempt,
  PendingDispatch,
} from "../store.ts";

const { done, pending } = STATUS_CODES;

/** The place of `events` in a lane. */
const ORDER_MS = "coalesce(e.created_at_ms, e.received_at_ms)";

/** When the due time of `dispatches` was decided. */
const PLANNED_AT_MS = `iif(d.attempts = 0, NULL, (
  SELECT a.started_at_ms + a.duration_ms FROM attempts a
  WHERE a.seq = d.seq AND a.destination = d.destination
  ORDER BY a.attempt_seq DESC LIMIT 1
))`;

/** How many attempts back, at all destinations, is lately. */
const LATELY = 1_000;

/**
 * Opens a store to read what is to be dispatched; never writes.
 *
 * @param path The database file.
 * @returns The reader.
 * @throws {StoreError} When there is no store of this version.
 */
export function openSqliteDispatchReader(path: string): DispatchReader {
  const db = openReadOnly(path);
  return new SqliteDispatchReader(db, () => db.close());
}

/** Reads dispatches on a connection; each query is over before it returns. */
export class SqliteDispatchReader implements DispatchReader {
  readonly #pending: StatementSync;
  readonly #load: StatementSync;
  readonly #newer: StatementSync;
  readonly #recent: StatementSync;
  readonly #attempts: StatementSync;
  readonly #counts: StatementSync;
  readonly close: () => void;

  /**
   * @param db The connection.
   * @param close What is to be done at the end.
   */
  constructor(db: DatabaseSync, close: () => void) {
    this.close = close;
    this.#pending = db.prepare(
      `SELECT d.seq, e.object_id, ${ORDER_MS} AS order_ms, d.due_at_ms,
         coalesce(${PLANNED_AT_MS}, e.received_at_ms) AS planned_at_ms,
         d.attempts, d.failures, d.replays
       FROM dispatches d JOIN events e ON e.seq = d.seq
       WHERE d.status = ${pending} AND d.destination = ? AND d.seq > ?
       ORDER BY d.seq LIMIT ?`,
    );
    this.#load = db.prepare(
      `SELECT e.id, e.name, e.object_id, e.attempts_made, e.attempts_left,
         e.first_attempted_at_ms, b.content_type, b.body
       FROM dispatches d JOIN events e ON e.seq = d.seq
         JOIN bodies b ON b.seq = d.seq
       WHERE d.seq = ? AND d.destination = ? AND d.status = ${pending}`,
    );
    this.#newer = db.prepare(
      `SELECT 1 FROM event_objects o JOIN events e ON e.seq = o.seq
         JOIN dispatches d ON d.seq = o.seq AND d.destination = :destination
       WHERE o.object_id = :objectId AND d.status = ${done}
         AND (${ORDER_MS}, e.seq) > (:orderMs, :seq) LIMIT 1`,
    );
    this.#recent = db.prepare(
      `SELECT e.object_id, e.seq, ${ORDER_MS} AS order_ms
       FROM events e JOIN dispatches d ON d.seq = e.seq AND d.destination = ?
       WHERE e.seq > (SELECT settled_seq FROM id_index)
         AND e.object_id IS NOT NULL AND d.status = ${done} ORDER BY e.seq`,
    );
    this.#attempts = db.prepare(
      `SELECT seq, outcome, code, started_at_ms + duration_ms AS ended_at_ms
       FROM (SELECT * FROM attempts ORDER BY attempt_seq DESC LIMIT ${LATELY})
       WHERE destination = ? ORDER BY attempt_seq`,
    );
    this.#counts = db.prepare(
      `SELECT destination, count(*) AS count FROM dispatches
       WHERE status = ${pending} GROUP BY destination`,
    );
  }

  pending(
    destination: string,
    { afterSeq, limit }: { afterSeq: number; limit: number },
  ): Promise<readonly PendingDispatch[]> {
    return readFrom(() =>
      this.#pending.all(destination, afterSeq, limit).map((row) => ({
        seq: Number(row.seq),
        objectId: row.object_id === null ? null : String(row.object_id),
        orderMs: Number(row.order_ms),
        dueAtMs: Number(row.due_at_ms),
        plannedAtMs: Number(row.planned_at_ms),
        attempts: Number(row.attempts),
        failures: Number(row.failures),
        replays: Number(row.replays),
      }))
    );
  }

  load(
    { seq, destination }: DispatchKey,
    orderMs: number,
  ): Promise<LoadedDispatch | undefined> {
    return readFrom(() => {
      const row = this.#load.get(seq, destination);
      if (!row || !(row.body instanceof Uint8Array)) return undefined;
      const objectId = row.object_id === null ? null : String(row.object_id);
      const isStale = objectId !== null &&
        this.#newer.get({ destination, objectId, orderMs, seq }) !== undefined;
      return {
        eventId: String(row.id),
        eventName: String(row.name),
        objectId,
        contentType: row.content_type === null
          ? null
          : String(row.content_type),
        delivery: {
          attemptsMade: numberOf(row.attempts_made),
          attemptsLeft: numberOf(row.attempts_left),
          firstAttemptedAtMs: numberOf(row.first_attempted_at_ms),
        },
        body: row.body as Uint8Array<ArrayBuffer>,
        isStale,
      };
    });
  }

  recentlyDelivered(destination: string): Promise<readonly Delivered[]> {
    return readFrom(() =>
      this.#recent.all(destination).map((row) => ({
        objectId: String(row.object_id),
        orderMs: Number(row.order_ms),
        seq: Number(row.seq),
      }))
    );
  }

  lastAttempts(destination: string): Promise<readonly PastAttempt[]> {
    return readFrom(() =>
      this.#attempts.all(destination).map((row) => ({
        seq: Number(row.seq),
        outcome: String(row.outcome),
        code: row.code === null ? null : Number(row.code),
        endedAtMs: Number(row.ended_at_ms),
      }))
    );
  }

  pendingCounts(): Promise<ReadonlyMap<string, number>> {
    return readFrom(() =>
      new Map(
        this.#counts.all().map((
          { destination, count },
        ) => [String(destination), Number(count)]),
      )
    );
  }
}

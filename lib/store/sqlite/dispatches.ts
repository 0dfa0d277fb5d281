/**
 * The writer's part in dispatching: what is pending, and what came of attempts. All
 * of it inside the writer's transactions.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { STATUS_CODES } from "./schema.ts";
import type { AttemptRecord, Requeue } from "../store.ts";

/** Writes dispatches and attempts. */
export class SqliteDispatches {
  readonly #insert: StatementSync;
  readonly #requeue: StatementSync;
  readonly #requeueUnfinished: StatementSync;
  readonly #update: StatementSync;
  readonly #deleteAttempt: StatementSync;
  readonly #insertAttempt: StatementSync;

  /** @param db The writer's connection. */
  constructor(db: DatabaseSync) {
    const { pending, dead, done } = STATUS_CODES;
    this.#insert = db.prepare(
      `INSERT INTO dispatches (seq, destination, status, due_at_ms)
       VALUES (?, ?, ${pending}, ?)`,
    );
    this.#requeue = db.prepare(
      `INSERT INTO dispatches (seq, destination, status, due_at_ms)
       SELECT seq, ?, ${pending}, ? FROM events WHERE seq = ?
       ON CONFLICT DO UPDATE SET status = excluded.status,
         due_at_ms = excluded.due_at_ms, failures = 0, replays = replays + 1`,
    );
    this.#requeueUnfinished = db.prepare(
      `UPDATE dispatches SET due_at_ms = ?, failures = 0,
         replays = replays + (status = ${dead}), status = ${pending}
       WHERE destination = ? AND seq = ? AND status <> ${done}`,
    );
    this.#update = db.prepare(
      `UPDATE dispatches SET attempts = :number,
         status = iif(replays = :replays, :status, status),
         due_at_ms = iif(replays = :replays, :dueAtMs, due_at_ms),
         failures = iif(replays = :replays, :failures, failures)
       WHERE seq = :seq AND destination = :destination`,
    );
    this.#deleteAttempt = db.prepare(
      `DELETE FROM attempts WHERE seq = ? AND destination = ? AND number = ?`,
    );
    this.#insertAttempt = db.prepare(
      `INSERT INTO attempts (seq, destination, number, started_at_ms,
         duration_ms, outcome, code, output) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** Adds a dispatch for each destination of a new event. */
  add(seq: number, destinations: readonly string[], dueAtMs: number): void {
    for (const destination of destinations) {
      this.#insert.run(seq, destination, dueAtMs);
    }
  }

  /** Adds an attempt and brings its dispatch up to date. */
  record(record: AttemptRecord): void {
    const { seq, destination, number, replays, dueAtMs, failures } = record;
    const { changes } = this.#update.run({
      seq,
      destination,
      number,
      replays,
      dueAtMs,
      failures,
      status: STATUS_CODES[record.status],
    });
    if (Number(changes) === 0) return; // Gone meanwhile: nothing to tell of it.
    this.#deleteAttempt.run(seq, destination, number);
    this.#insertAttempt.run(
      seq,
      destination,
      number,
      record.startedAtMs,
      record.durationMs,
      record.outcome,
      record.code,
      record.output,
    );
  }

  /** Makes dispatches of stored events pending. */
  requeue({ keys, dueAtMs, onlyUnfinished = false }: Requeue): void {
    for (const { seq, destination } of keys) {
      if (onlyUnfinished) {
        this.#requeueUnfinished.run(dueAtMs, destination, seq);
      } else this.#requeue.run(destination, dueAtMs, seq);
    }
  }
}

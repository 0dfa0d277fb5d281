/**
 * The one writer of a SQLite store. It blocks while it writes, so a server runs it
 * in a worker of its own (`writer_thread.ts`); `sqlite::memory:` runs it in place.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { EventIndex } from "./id_index.ts";
import type { Acceptance, Batch } from "../group_commit.ts";
import { SqliteDispatches } from "./dispatches.ts";
import { SqlitePlace } from "./files.ts";
import { checkSchema, migrate } from "./schema.ts";
import { StoreSession } from "./session.ts";

/** After about how many bytes the write-ahead log is moved to the database. */
const CHECKPOINT_BYTES = 4 << 20;

/** What a commit takes in the log at least, little as it may store: whole pages. */
const COMMIT_BYTES = 16 << 10;

/** What an attempt takes beside its output, and a dispatch done again, in bytes. */
const RECORD_BYTES = 256;

/** As much as a large event takes, so that a nearly full disk is found out. */
const PROBE_BYTES = 128 << 10;

/** How long to wait for a lock that another process holds, in milliseconds. */
const BUSY_TIMEOUT_MS = 2_000;

/** Options of {@linkcode SqliteWriter}. */
export interface SqliteWriterOptions {
  /** Called when the write-ahead log has grown; it should be moved elsewhere. */
  onLogGrown?: () => void;
}

/** Owns the writing connection. */
export class SqliteWriter {
  readonly #db: DatabaseSync;
  readonly #place: SqlitePlace | undefined;
  readonly #index: EventIndex;
  readonly #dispatches: SqliteDispatches;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #insertBody: StatementSync;
  readonly #countDuplicate: StatementSync;
  readonly #insertProbe: StatementSync;
  readonly #announce: StatementSync;
  readonly #onLogGrown: () => void;
  readonly #session: StoreSession | undefined;
  #bytesSinceCheckpoint = 0;

  /**
   * @param path A file, or `:memory:`.
   * @param options Who moves the write-ahead log.
   * @throws {StoreError} When the file is no store that this version understands.
   */
  constructor(path: string, options: SqliteWriterOptions = {}) {
    const session = this.#session = path === ":memory:"
      ? undefined
      : new StoreSession(path);
    const db = this.#db = new DatabaseSync(path);
    try {
      db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      checkSchema(db); // Before a pragma changes a file that is not ours.
      // Two events of common size fill a page. Checkpoints are not the writer's
      // work, and a log that is overwritten syncs faster than one that grows anew.
      // Without fullfsync macOS syncs no further than to the disk's own cache.
      db.exec(`
        PRAGMA page_size = 16384;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA fullfsync = 1;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA cache_size = -2048;
      `);
      migrate(db);
      this.#place = path === ":memory:" ? undefined : new SqlitePlace(path, db);
      this.#index = new EventIndex(db);
      this.#dispatches = new SqliteDispatches(db);
      this.#begin = db.prepare("BEGIN IMMEDIATE");
      this.#commit = db.prepare("COMMIT");
      this.#insertEvent = db.prepare(
        `INSERT INTO events (id, name, object_type, object_id, created_at_ms,
           received_at_ms, secret_fingerprint, attempts_made, attempts_left,
           first_attempted_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      this.#insertBody = db.prepare(
        "INSERT INTO bodies (seq, content_type, body) VALUES (?, ?, ?)",
      );
      this.#countDuplicate = db.prepare(
        "UPDATE events SET duplicates = duplicates + 1 WHERE seq = ?",
      );
      this.#insertProbe = db.prepare(
        "INSERT INTO probe (bytes) VALUES (zeroblob(?))",
      );
      this.#announce = db.prepare("UPDATE server SET local_url = ?");
      session?.begin(db);
    } catch (error) {
      if (session) session.abandon(db);
      else db.close();
      throw error;
    }
    this.#onLogGrown = options.onLogGrown ?? (() => {});
  }

  /** The connection, for readers of a store that no other can see. */
  get connection(): DatabaseSync {
    return this.#db;
  }

  /**
   * Stores a batch in one transaction.
   *
   * @param batch Deliveries, in order of arrival, and what else is to be written.
   * @returns For each delivery whether it was a duplicate.
   * @throws When nothing was stored.
   */
  commit(batch: Batch): boolean[] {
    this.#place?.check();
    const duplicates = this.#commitBatch(batch);
    let bytes = COMMIT_BYTES;
    for (const { delivery } of batch.acceptances) bytes += delivery.body.length;
    for (const { output } of batch.records) {
      bytes += RECORD_BYTES + output.length;
    }
    for (const { keys } of batch.requeues) bytes += RECORD_BYTES * keys.length;
    this.#growLog(bytes);
    return duplicates;
  }

  /** Writes, syncs and removes something of a large event's size. */
  probe(): void {
    this.#place?.check();
    this.#transaction(() => this.#insertProbe.run(PROBE_BYTES));
    this.#transaction(() => this.#db.exec("DELETE FROM probe"));
    this.#growLog(COMMIT_BYTES + PROBE_BYTES);
  }

  /** Leaves word where this process can be spoken to. */
  announce(localUrl: string | null): void {
    this.#place?.check();
    this.#transaction(() => this.#announce.run(localUrl));
  }

  /** Moves to the database what others have not moved yet; cheap after them. */
  checkpoint(): void {
    this.#db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  /** Ends the connection; the last one to go moves all of the log. */
  close(): void {
    if (this.#session) this.#session.end(this.#db);
    else this.#db.close();
  }

  #growLog(bytes: number): void {
    this.#bytesSinceCheckpoint += bytes;
    if (this.#bytesSinceCheckpoint < CHECKPOINT_BYTES) return;
    this.#bytesSinceCheckpoint = 0;
    this.#onLogGrown();
  }

  #commitBatch({ acceptances, records, requeues }: Batch): boolean[] {
    try {
      return this.#transaction(() => {
        const duplicates = acceptances.map((one) => this.#store(one));
        this.#index.settle(duplicates.filter((duplicate) => !duplicate).length);
        for (const record of records) this.#dispatches.record(record);
        for (const requeue of requeues) this.#dispatches.requeue(requeue);
        return duplicates;
      });
    } catch (error) {
      // A log without room to grow may be all that is wrong: moving it makes room.
      this.#onLogGrown();
      throw error;
    }
  }

  /** Returns whether the event was there before. */
  #store({ delivery, destinations }: Acceptance): boolean {
    const known = this.#index.find(delivery.id);
    if (known !== undefined) {
      this.#countDuplicate.run(known);
      return true;
    }
    const { lastInsertRowid } = this.#insertEvent.run(
      delivery.id,
      delivery.name,
      delivery.objectType,
      delivery.objectId,
      delivery.createdAtMs,
      delivery.receivedAtMs,
      delivery.secretFingerprint,
      delivery.attemptsMade,
      delivery.attemptsLeft,
      delivery.firstAttemptedAtMs,
    );
    const seq = Number(lastInsertRowid);
    this.#insertBody.run(seq, delivery.contentType, delivery.body);
    this.#dispatches.add(seq, destinations, delivery.receivedAtMs);
    this.#index.add(delivery, seq);
    return false;
  }

  #transaction<Result>(write: () => Result): Result {
    this.#begin.run();
    try {
      const result = write();
      this.#commit.run();
      return result;
    } catch (error) {
      this.#index.forget();
      // Some faults, a full disk among them, have rolled back already.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

// A connection that writes. Each transaction is over at once, and durable only after
// the sync that follows it off the thread: until then nothing is acknowledged.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setImmediate } from "node:timers";
import { FatalStoreError, StoreError } from "../../errors.ts";
import { isLocked } from "./errors.ts";
import type { LogEnd } from "./file_format.ts";
import type { LogFile } from "./log_file.ts";
import type { Breakage, StoreGate } from "./store_gate.ts";

/** The time that another program may hold the lock for writing. */
const BUSY_MS_MAX = 2_000;

/** The turns of the event loop to wait for that lock before each further pause. */
const BUSY_TURNS = 100;
const BUSY_PAUSE_MS = 2;

/** The time after which a closed gate is looked at again. */
const GATE_WAIT_MS = 1_000;

/** The errors of writing to a store that is broken. */
const BROKEN: Readonly<Record<Breakage, () => StoreError>> = {
  "damaged": () =>
    new StoreError(
      "Cannot store: the store was damaged while the server ran",
      "Stop the server, restore the store from a backup, and start it again",
    ),
  "sync failed": () =>
    new FatalStoreError(
      "Cannot store: a sync of the store failed",
      "Check the disk, then start again: the next start recovers what was acknowledged",
    ),
  "unlocked": () =>
    new FatalStoreError(
      "Cannot store: the thread of checkpoints failed, and with it the locks on the store",
      "Start again: nothing is lost. Please report this",
    ),
};

/** Options of {@linkcode SqliteConnection}. */
export interface SqliteConnectionOptions {
  readonly gate: StoreGate;
  /** Absent for a store in memory. */
  readonly log?: LogFile | undefined;
  /** Throws if the files are not those that were opened. */
  readonly check?: (() => void) | undefined;
  /** Closes the last connection; absent if it needs nothing else. */
  readonly end?: (() => void) | undefined;
  /** Called when a transaction was rolled back. */
  readonly onRollback?: () => void;
}

/** Prepares a connection for writing beside others of the same process. */
export function prepareForWriting(db: DatabaseSync): void {
  // Checkpoints have a thread of their own. In NORMAL a commit syncs nothing but the
  // header of a log that restarts. Without fullfsync macOS syncs no further than to the
  // disk's own cache. A connection that finds the lock taken retries a little later.
  db.exec(`
    PRAGMA busy_timeout = 0;
    PRAGMA synchronous = NORMAL;
    PRAGMA fullfsync = 1;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA cache_size = -2048;
    PRAGMA secure_delete = FAST;
  `);
}

/** Writes transactions, one at a time. */
export class SqliteConnection {
  readonly db: DatabaseSync;
  readonly #options: SqliteConnectionOptions;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;

  /** @param db The connection; see {@linkcode prepareForWriting}. */
  constructor(db: DatabaseSync, options: SqliteConnectionOptions) {
    this.db = db;
    this.#options = options;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
  }

  /** Closes it, unless that would move a broken log to the database. */
  close(): void {
    if (this.#options.gate.breakage) return;
    const { end, log } = this.#options;
    if (end) end();
    else this.db.close();
    log?.close();
  }

  /**
   * Runs a transaction.
   *
   * @returns What it returned, once that is durable.
   * @throws {FatalStoreError} If it is unknown what is durable.
   * @throws {Error} If nothing was stored, or it is not known to be durable.
   */
  async transact<Result>(write: () => Result): Promise<Result> {
    const { gate, log, check } = this.#options;
    this.#assertWhole();
    check?.();
    let endMs = performance.now() + BUSY_MS_MAX;
    for (let turns = 0;; turns++) {
      this.#assertWhole();
      if (gate.isClosed) {
        await gate.waitUntilOpen(GATE_WAIT_MS);
        endMs = performance.now() + BUSY_MS_MAX;
      } else if (this.#begins(endMs)) {
        const { before, result } = this.#write(write);
        if (log) await this.#makeDurable(log, before);
        return result;
      } else {
        await nextTurn(turns);
      }
    }
  }

  /** Returns whether it has the lock for writing now. */
  #begins(endMs: number): boolean {
    try {
      this.#begin.run();
    } catch (error) {
      if (isLocked(error) && performance.now() < endMs) return false;
      throw error;
    }
    // Closed meanwhile: this transaction would be the one that waits for the disk.
    const isFree = !this.#options.gate.isClosed;
    if (!isFree) this.db.exec("ROLLBACK");
    return isFree;
  }

  #write<Result>(write: () => Result) {
    try {
      const before = this.#options.log?.end();
      const result = write();
      this.#commit.run();
      return { before, result };
    } catch (error) {
      this.#options.onRollback?.();
      // Some faults, a full disk among them, have rolled back already.
      if (this.db.isTransaction) this.db.exec("ROLLBACK");
      // A log without room to grow may be all that is wrong: moving it makes room.
      this.#options.gate.requestCheckpoint();
      throw error;
    }
  }

  async #makeDurable(log: LogFile, before?: LogEnd): Promise<void> {
    const { gate } = this.#options;
    try {
      if (await log.sync(before)) gate.requestCheckpoint();
    } catch (error) {
      if (error instanceof FatalStoreError) gate.break("sync failed");
      // What could not be read, as the disk failed, may still be whole.
      else if (error instanceof StoreError) gate.break("damaged");
      throw error;
    }
    this.#assertWhole();
  }

  #assertWhole(): void {
    const { breakage } = this.#options.gate;
    if (breakage) throw BROKEN[breakage]();
  }
}

function nextTurn(turns: number): Promise<void> {
  return new Promise((resolve) => {
    if (turns < BUSY_TURNS) setImmediate(() => resolve());
    else setTimeout(resolve, BUSY_PAUSE_MS);
  });
}

// Moves the write-ahead log into the database file. A log that was moved as a whole is
// then written from its start: the first transaction of each round is written here,
// too, as that one waits for the disk.
//
// SQLite syncs both files itself: it lets nobody read from the database what was moved
// before that is durable. Were that sync made here, after the checkpoint, others would go
// on for a moment with a database that a failed sync had lost, and write its old pages
// to the log.
//
// A snapshot held open meanwhile keeps others from writing the first transaction.

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { FatalStoreError, StoreError } from "../../errors.ts";
import { prepareForWriting } from "./connection.ts";
import type { StoreGate } from "./store_gate.ts";
import { syncFailed } from "./sync_file.ts";
import { WatchedLog } from "./watched_log.ts";

/** Tries to get all of the log while writers wait. */
const TRIES = 3;

/** The size of a log that is worth a warning while another program reads it. */
const HELD_BYTES_MAX = 256 << 20;

/**
 * SQLite's codes for reads and writes (sqlite.org/rescode.html). They can be retried,
 * unlike a sync: the system tells once that it failed, and drops what it had to write.
 */
const OTHER_IO_FAULTS: ReadonlySet<number> = new Set([
  266, // IOERR_READ
  522, // IOERR_SHORT_READ
  778, // IOERR_WRITE
]);

/** Moves one store's log, on a thread that may wait for the disk. */
export class Checkpointer {
  readonly #path: string;
  readonly #gate: StoreGate;
  readonly #log: WatchedLog;
  /** Holds snapshots, and writes the first transaction of each round. */
  readonly #holder: DatabaseSync;
  readonly #mover: DatabaseSync;
  readonly #checkpoint: StatementSync;
  /** Not exec(), whose errors lack the code of SQLite's. */
  readonly #firstOfRound: readonly StatementSync[];

  /**
   * @param path The database file, links resolved; its writer has it open.
   * @param gate Keeps writers out while the log restarts.
   */
  constructor(path: string, gate: StoreGate) {
    this.#path = path;
    this.#gate = gate;
    Deno.statSync(path); // SQLite would make a file that is not there.
    this.#holder = new DatabaseSync(path);
    prepareForWriting(this.#holder);
    this.#holder.exec("PRAGMA busy_timeout = 100; PRAGMA cache_size = -256");
    this.#firstOfRound = [
      "BEGIN IMMEDIATE",
      "INSERT INTO probe (bytes) VALUES (x'')",
      "DELETE FROM probe",
      "COMMIT",
    ].map((sql) => this.#holder.prepare(sql));
    this.#mover = new DatabaseSync(path);
    this.#mover.exec(
      "PRAGMA synchronous = NORMAL; PRAGMA checkpoint_fullfsync = 1; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -256",
    );
    this.#checkpoint = this.#mover.prepare("PRAGMA wal_checkpoint(PASSIVE)");
    this.#log = new WatchedLog(path);
  }

  /**
   * Moves the content of the log, and restarts the log unless another program reads it.
   *
   * @throws {FatalStoreError} If a sync failed: the gate is broken then, and the snapshot
   *   stays.
   * @throws {StoreError} If another program has read the store for too long.
   * @throws {Error} If something could not be written or read: it can be retried.
   */
  move(): void {
    const scrub = this.#gate.scrubsWanted;
    try {
      if (this.#moveSnapshot() === "held back") return this.#checkGrowth();
      // Little is left: what was written meanwhile.
      this.#gate.close();
      for (let tries = 0; tries < TRIES; tries++) {
        if (this.#moveSnapshot() !== "all") continue;
        this.#restartLog();
        if (scrub === this.#gate.scrubbed) break;
        this.#log.clearRest();
        this.#gate.scrubbed = scrub;
        break;
      }
    } catch (error) {
      // Before the snapshot ends, or the log would restart over what only it has.
      if (error instanceof FatalStoreError) this.#gate.break("sync failed");
      throw error;
    } finally {
      if (!this.#gate.breakage) this.#goOn();
    }
  }

  #goOn(): void {
    if (this.#holder.isTransaction) this.#holder.exec("ROLLBACK");
    this.#gate.open();
  }

  /** Closes the connections; descriptors stay open until the thread ends. */
  close(): void {
    this.#mover.close(); // It must not be the last one: that one syncs.
    this.#holder.close();
  }

  /** Moves the current content of the log. */
  #moveSnapshot(): "all" | "a part" | "held back" {
    if (this.#holder.isTransaction) this.#holder.exec("COMMIT");
    this.#holder.exec("BEGIN; SELECT * FROM id_index");
    const { frames } = this.#log.end();
    this.#log.syncNow();
    const row = this.#failOnSync(() => this.#checkpoint.get());
    const moved = Number(row?.checkpointed);
    if (moved < 0 || moved < Math.min(frames, Number(row?.log))) {
      return "held back"; // By another reader or another checkpoint.
    }
    return moved === Number(row?.log) ? "all" : "a part";
  }

  #checkGrowth(): void {
    if (this.#log.bytes < HELD_BYTES_MAX) return;
    throw new StoreError(
      `Cannot checkpoint the store: another program has kept it open for reading, and its log has grown past ${HELD_BYTES_MAX} bytes`,
      "End the program that reads the store, such as a shell or a backup",
    );
  }

  #restartLog(): void {
    this.#holder.exec("COMMIT");
    this.#failOnSync(() => {
      for (const statement of this.#firstOfRound) statement.run();
    });
  }

  #failOnSync<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      if (!mayBeSync(error)) throw error;
      this.#log.removeIndex();
      throw syncFailed(this.#path, error);
    }
  }
}

/** Returns whether it may be a sync that failed, not a write or read. */
function mayBeSync(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!error.message.includes("I/O")) return false;
  return !("errcode" in error) || !OTHER_IO_FAULTS.has(Number(error.errcode));
}

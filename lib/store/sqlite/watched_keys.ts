// A watch over the files of an open key store: what it has acknowledged, SQLite may write
// to files that vanish with the process. Only for a thread that outlives all other
// connections of the process: see `watched_log.ts`.

import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { systemClock } from "../../clock.ts";
import { StoreError } from "../../errors.ts";
import { copyKeys } from "./backup_keys.ts";
import type { LogEnd } from "./file_format.ts";
import { SqliteFiles } from "./files.ts";
import { createPrivate, isThere } from "./stat.ts";
import { StoreGate } from "./store_gate.ts";
import { syncPath } from "./sync_file.ts";
import { WatchedLog } from "./watched_log.ts";

/** The pages of a log that are worth a checkpoint. */
const LOG_PAGES = 1_000;

/** The files of an open key store, which must stay the same. */
export class WatchedKeys {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #saved: string;
  readonly #gate = new StoreGate();
  readonly #files: SqliteFiles;
  readonly #log: WatchedLog;
  /** All before it was whole. */
  #end: LogEnd;
  #damage: StoreError | undefined;

  /**
   * @param path The database file, as it was named by the settings.
   * @param db A connection that has read it.
   */
  constructor(path: string, db: DatabaseSync) {
    this.#db = db;
    this.#path = Deno.realPathSync(path);
    const saved = `${this.#path}.saved`;
    this.#saved = isThere(saved) ? `${saved}-${systemClock.nowMs()}` : saved;
    this.#log = new WatchedLog(this.#path);
    this.#end = this.#log.end();
    this.#files = new SqliteFiles(path, {
      db,
      log: this.#log,
      gate: this.#gate,
      databaseHint:
        `Put it back, or stop the server by SIGTERM, which saves all keys in its place, or in ${this.#saved} if that is taken`,
    });
  }

  /**
   * Checks that what was written is there, under its name.
   *
   * @throws {StoreError} If something was removed, replaced or cut off; the last for good.
   */
  check(): void {
    if (this.#damage) throw this.#damage;
    let areNamed = false;
    try {
      this.#files.check();
      areNamed = true;
      this.#end = this.#log.check(this.#end);
    } catch (error) {
      const isCut = areNamed || this.#gate.breakage;
      if (isCut && error instanceof StoreError) this.#damage = error;
      throw error;
    }
  }

  /** True unless the log is empty. */
  get hasLog(): boolean {
    return this.#log.size > 0;
  }

  /** True if a checkpoint is due, at the last check. */
  get isLogLong(): boolean {
    return this.#end.frames >= LOG_PAGES;
  }

  /**
   * Closes the key store; what only removed files have is saved.
   *
   * @throws {StoreError} If something was cut off: it stays open then, as to close it
   *   would move the rest of its log.
   */
  async close(): Promise<void> {
    if (this.#damage) throw this.#damage;
    const isGone = this.#files.isDatabaseGone;
    if (isGone) {
      createPrivate(this.#saved);
      await copyKeys(this.#db, this.#saved);
    }
    this.#db.close();
    this.#log.close();
    if (!isGone) return;
    // SQLite leaves it where the database was moved: to another file it would do damage.
    for (const path of [`${this.#path}-wal`, `${this.#path}-shm`]) {
      if (isThere(path)) Deno.removeSync(path);
    }
    if (isThere(this.#path)) return;
    Deno.renameSync(this.#saved, this.#path);
    if (Deno.build.os !== "windows") syncPath(dirname(this.#path));
  }
}

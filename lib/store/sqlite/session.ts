// The use of a store by one process, from its opening to its orderly end.

import { DatabaseSync } from "node:sqlite";
import { readDatabaseHeader } from "./file_format.ts";
import {
  markClosed,
  nextSession,
  readMark,
  setMark,
  writeMark,
} from "./open_mark.ts";
import { statOrNull } from "./stat.ts";

/** The longest wait of the last mark for other writers. */
const MARK_TIMEOUT_MS = 500;

/** A session of a store, which marks it as open and as closed again. */
export class StoreSession {
  /** True if a process that was killed left its log, or one that reads the store kept it. */
  readonly hasLog: boolean;
  readonly #path: string;
  /** One more than in the database itself; the same while that needs its log. */
  readonly #number: number;
  #isBegun = false;

  /** Inspects the files of a store; create it before this process opens them. */
  constructor(path: string) {
    this.#path = path;
    this.hasLog = (statOrNull(`${path}-wal`)?.size ?? 0) > 0;
    const mark = readDatabaseHeader(path)?.mark;
    this.#number = mark?.isOpen
      ? mark.session
      : nextSession(mark?.session ?? 0);
  }

  /**
   * Marks the store as open, unless a process that was killed left it so. Nothing may
   * be acknowledged before.
   *
   * @param db A connection that may write.
   */
  begin(db: DatabaseSync): void {
    this.#isBegun = true;
    const { isOpen, session } = readMark(db);
    if (isOpen && session === this.#number) return;
    setMark(db, { isOpen: true, session: this.#number });
    // It also syncs both files. Readers of other processes may keep some pages from
    // being moved: then the log has all since the store was closed, which identifies it.
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  /**
   * Marks the store as closed in its log alone, in case no code of ours runs when Deno
   * closes the last connection, which moves the mark into the database with the rest.
   * Until then the log is needed, and a process that is killed leaves it behind.
   *
   * @param db A connection that may write.
   */
  suspend(db: DatabaseSync): void {
    try {
      db.exec(`PRAGMA busy_timeout = ${MARK_TIMEOUT_MS}`);
      if (readMark(db).isOpen) setMark(db, { isOpen: false });
    } catch {
      // Without the mark the next start may report the log as lost although it was moved.
    } finally {
      db.exec("PRAGMA busy_timeout = 0");
    }
  }

  /**
   * Reverts {@linkcode suspend}, in a transaction in progress.
   *
   * @param db The same connection.
   */
  resume(db: DatabaseSync): void {
    writeMark(db, { isOpen: true, session: this.#number });
  }

  /**
   * Marks the store as closed, and closes its last connection. Where it cannot be
   * marked, as on a full disk, the log stays: the next start recovers from it, as after
   * a kill.
   */
  end(db: DatabaseSync): void {
    try {
      markClosed(db);
    } catch {
      this.#closeKeepingLog(db);
      return;
    }
    db.close();
  }

  /**
   * Closes the only connection to a store that could not be opened after all. A log that
   * was there stays: the mark may still say that it is needed.
   */
  abandon(db: DatabaseSync): void {
    if (this.hasLog) this.#closeKeepingLog(db);
    else if (this.#isBegun) this.end(db);
    else db.close();
  }

  /** SQLite removes the log with the last connection, so another one is closed last. */
  #closeKeepingLog(db: DatabaseSync): void {
    let reader: DatabaseSync | undefined;
    try {
      reader = new DatabaseSync(this.#path, { readOnly: true });
      reader.prepare("PRAGMA user_version").get();
    } catch {
      // There is no log that could be kept.
    }
    db.close();
    reader?.close();
  }
}

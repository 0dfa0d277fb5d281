// A watch over the files of an open store. SQLite keeps writing to removed files, which
// vanish with the process.

import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../clock.ts";
import { StoreError } from "../../errors.ts";
import { isReadFault } from "./errors.ts";
import { pragma } from "./pragma.ts";
import { statOrNull } from "./stat.ts";
import type { StoreGate } from "./store_gate.ts";
import { restoreHint, type WatchedLog } from "./watched_log.ts";

/**
 * The age of a folder's last change at which a later one must show in its time: file
 * systems count in milliseconds, some in seconds.
 */
const SETTLED_MS = 2_500;

/** A file of the store, as last seen. */
interface KnownFile {
  readonly path: string;
  info: Deno.FileInfo;
  /** Returns whether a file that became shorter lost something. */
  readonly isCut: (bytesBefore: number) => boolean;
}

/** Options of {@linkcode SqliteFiles}. */
export interface SqliteFilesOptions {
  /** A connection that has read from the store: SQLite makes the log then. */
  readonly db: DatabaseSync;
  readonly log: WatchedLog;
  /** Broken if something was cut off, which may not show any more later. */
  readonly gate: StoreGate;
  /**
   * The way out once the database itself is gone.
   *
   * @default {"Put it back, or restart to begin with what is there"}
   */
  readonly databaseHint?: string;
}

/** The files of an open store, which must stay the same. */
export class SqliteFiles {
  readonly #db: DatabaseSync;
  readonly #gate: StoreGate;
  readonly #databaseHint: string;
  readonly #files: readonly KnownFile[];
  readonly #folder: string;
  /** As it was before all names in it were checked; null if another change may hide. */
  #settled: Deno.FileInfo | null = null;

  /** @param path The database file, as it was named by the settings. */
  constructor(path: string, options: SqliteFilesOptions) {
    const { db, log, gate } = options;
    this.#db = db;
    this.#gate = gate;
    this.#databaseHint = options.databaseHint ??
      "Put it back, or restart to begin with what is there";
    const target = Deno.realPathSync(path);
    this.#folder = dirname(target);
    const files: [path: string, isCut: KnownFile["isCut"]][] = [
      [path, (bytesBefore) => this.#isDatabaseCut(bytesBefore)],
      // With us it only grows, but a backup program may empty it in good order.
      [`${target}-wal`, () => log.isShort],
      [`${target}-lock`, () => false],
      // Other processes would create their own and not see what this one writes.
      [`${target}-shm`, () => false],
    ];
    this.#files = files.flatMap(([path, isCut]) => {
      const info = statOrNull(path);
      return info ? [{ path, info, isCut }] : [];
    });
  }

  /**
   * Checks the files by name; to open and close one would drop the locks that SQLite
   * holds on it (POSIX).
   *
   * @throws {StoreError} If one was removed, replaced or cut off.
   */
  check(): void {
    const [database, ...others] = this.#files;
    if (database) this.#checkFile(database);
    // A look at the folder instead of the names in it: that is half of the time.
    const folder = statOrNull(this.#folder);
    if (folder && this.#settled && isUnchanged(folder, this.#settled)) return;
    for (const known of others) this.#checkFile(known);
    const ageMs = systemClock.nowMs() - (folder?.mtime?.getTime() ?? Infinity);
    this.#settled = ageMs >= SETTLED_MS ? folder : null;
  }

  /** True if the name of the database leads to another file, or to none. */
  get isDatabaseGone(): boolean {
    const [database] = this.#files;
    return database !== undefined &&
      !isSame(statOrNull(database.path), database.info);
  }

  #checkFile(known: KnownFile): void {
    const { path, info: before, isCut } = known;
    const info = statOrNull(path);
    if (!isSame(info, before)) {
      throw new StoreError(
        `Cannot store: ${path} must be the file that was opened: it was removed or replaced`,
        /-(?:wal|shm)$/.test(path)
          ? "Put it back, or stop the server by SIGTERM, which saves what the missing file has, and start it again"
          : this.#databaseHint,
      );
    }
    if (info.size < before.size && isCut(before.size)) {
      this.#gate.break("damaged");
      throw new StoreError(
        `Cannot store: ${path} must not lose what was written: it was cut off`,
        restoreHint(path),
      );
    }
    known.info = info;
  }

  /**
   * With us it only grows, but another program may run VACUUM: then it has fewer pages,
   * and not only fewer bytes.
   */
  #isDatabaseCut(bytesBefore: number): boolean {
    try {
      const pages = pragma(this.#db, "page_count");
      return pages === 0 ||
        pages * pragma(this.#db, "page_size") >= bytesBefore;
    } catch (error) {
      if (isReadFault(error)) throw error; // The disk failed: it may be whole.
      return true; // Too much is missing to read it.
    }
  }
}

/** Both have null for it where the system does not number files. */
function isSame(
  info: Deno.FileInfo | null,
  before: Deno.FileInfo,
): info is Deno.FileInfo {
  return info?.ino === before.ino && info.dev === before.dev;
}

/** Returns whether no name in a folder was added, removed or changed. */
function isUnchanged(folder: Deno.FileInfo, before: Deno.FileInfo): boolean {
  return folder.mtime?.getTime() === before.mtime?.getTime() &&
    folder.ino === before.ino && folder.dev === before.dev;
}

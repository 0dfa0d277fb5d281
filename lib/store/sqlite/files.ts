/**
 * Where a store lies, and whether it still lies there. SQLite goes on writing to
 * files that were removed: they have no name any more, and end with the process.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../errors.ts";

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** A file of the store, as it was when last looked at. */
interface KnownFile {
  readonly path: string;
  readonly look: Deno.FileInfo;
  /** How long it has to be at least; asked only when it became shorter. */
  readonly bytesMin: () => number;
}

/** The files of a store that is open. They stay the same as long as it is. */
export class SqliteFiles {
  readonly #db: DatabaseSync;
  #files: KnownFile[];

  /**
   * @param path The database file.
   * @param db A connection to it that has read from it: SQLite makes the log then.
   */
  constructor(path: string, db: DatabaseSync) {
    this.#db = db;
    const target = Deno.realPathSync(path);
    const files: [path: string, bytesMin: () => number][] = [
      [path, () => this.#databaseBytesMin()],
      [`${target}-wal`, () => this.#logBytesMin()],
      [`${target}-lock`, () => 0],
    ];
    this.#files = files.flatMap(([path, bytesMin]) => {
      const look = lookAt(path);
      return look ? [{ path, look, bytesMin }] : [];
    });
  }

  /**
   * Looks at the files by name; to open and close one would drop the locks that
   * SQLite holds on it (POSIX).
   *
   * @throws {StoreError} When one was removed, replaced or cut off.
   */
  check(): void {
    this.#files = this.#files.map((known) => {
      const { path, look: before, bytesMin } = known;
      const look = lookAt(path);
      // Where the system does not number files, both have null for it.
      if (look?.ino !== before.ino || look.dev !== before.dev) {
        throw new StoreError(
          `Cannot store: ${path} must be the file that was opened: it was removed or replaced`,
          path.endsWith("-wal")
            ? "Put it back, or stop the server by SIGTERM, which saves what the missing file has, and start it again"
            : "Put it back, or restart to begin with what is there",
        );
      }
      if (look.size < before.size && look.size < bytesMin()) {
        throw new StoreError(
          `Cannot store: ${path} must not lose what was written: it was cut off`,
          "Stop the server, restore the store from a backup, and start it again",
        );
      }
      return { ...known, look };
    });
  }

  /** With us it only grows, but somebody may run VACUUM beside us. */
  #databaseBytesMin(): number {
    return Math.max(1, this.#pragma("page_count") * this.#pragma("page_size"));
  }

  /** With us it only grows, but a backup program may empty it in good order. */
  #logBytesMin(): number {
    const frames = this.#framesInLog();
    if (frames === 0) return 0;
    const frameBytes = FRAME_HEADER_BYTES + this.#pragma("page_size");
    return LOG_HEADER_BYTES + frames * frameBytes;
  }

  #framesInLog(): number {
    try {
      const row = this.#db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
      const frames = Number(row?.log);
      return frames < 0 ? Infinity : frames; // While another one runs, who knows?
    } catch {
      return Infinity; // More than can be read.
    }
  }

  #pragma(name: "page_count" | "page_size"): number {
    return Number(this.#db.prepare(`PRAGMA ${name}`).get()?.[name]);
  }
}

function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

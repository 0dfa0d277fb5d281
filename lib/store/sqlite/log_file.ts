// The write-ahead log of a SQLite store, held open by a descriptor of its own: SQLite
// writes it and this syncs it, off the thread. To close that descriptor drops no lock
// (POSIX), as SQLite locks the other files.

import { StoreError } from "../../errors.ts";
import { type LogEnd, readInto } from "./file_format.ts";
import { statOrNull } from "./stat.ts";
import { syncFailed, syncFile } from "./sync_file.ts";

/** The transactions after which a checkpoint is due. */
const CHECKPOINT_TRANSACTIONS = 64;

/** The log of one store, for a connection that writes. */
export class LogFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #info: Deno.FileInfo;
  readonly #indexPath: string;
  #transactions = 0;

  /** @param path The database file, links resolved; a connection must have read it. */
  constructor(path: string) {
    this.path = `${path}-wal`;
    this.#indexPath = `${path}-shm`;
    this.#file = Deno.openSync(this.path, { read: true, write: true });
    this.#info = this.#file.statSync();
  }

  /** Returns its end, if known. */
  end(): LogEnd | undefined {
    return undefined;
  }

  /**
   * Makes what was committed durable.
   *
   * @param _before Its end before the transaction, when nobody else could write.
   * @returns Whether it is to be moved to the database.
   * @throws {FatalStoreError} If the system could not.
   */
  async sync(_before?: LogEnd): Promise<boolean> {
    try {
      await this.#file.syncData();
    } catch (error) {
      this.removeIndex();
      throw syncFailed(this.path, error);
    }
    return ++this.#transactions % CHECKPOINT_TRANSACTIONS === 0;
  }

  /** As {@linkcode sync}, on a thread that may wait. */
  syncNow(): void {
    try {
      syncFile(this.#file, this.path);
    } catch (error) {
      this.removeIndex();
      throw error;
    }
  }

  /**
   * Checks that it still has its name. A log without one is whole as long as it is open:
   * a connection that is closed in order moves it to the database.
   *
   * @throws {StoreError} If it was removed or replaced.
   */
  checkName(): void {
    // Not by the descriptor, for which Deno looks at each folder above it.
    const info = statOrNull(this.path);
    if (info?.ino === this.#info.ino && info.dev === this.#info.dev) return;
    throw new StoreError(
      `Cannot store: ${this.path} was removed or replaced while the server ran`,
      "Stop the server by SIGTERM, which saves what the removed file has, and start it again",
    );
  }

  /** Closes it; the store's connection must be closed. */
  close(): void {
    this.#file.close();
  }

  /** Its length in bytes. */
  get size(): number {
    return this.#file.seekSync(0, Deno.SeekMode.End);
  }

  /** Fills it with zeros from an offset on, durably. */
  protected clear(offset: number): void {
    const zeros = new Uint8Array(1 << 16);
    const { size } = this;
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    for (let at = offset; at < size;) {
      at += this.#file.writeSync(
        zeros.subarray(0, Math.min(zeros.length, size - at)),
      );
    }
    this.syncNow();
  }

  /** Fills a view with the bytes at an offset. */
  read(view: DataView<ArrayBuffer>, offset: number): void {
    readInto(view, this.#file, offset);
  }

  /** Removes its index, which counts what may not have reached it: the next start makes one. */
  removeIndex(): void {
    try {
      Deno.removeSync(this.#indexPath);
    } catch {
      // The next start may refuse the store then, and say why.
    }
  }
}

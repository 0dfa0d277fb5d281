// The write-ahead log of a SQLite store, held open by a descriptor of its own: SQLite
// writes it and this syncs it, off the thread. To close that descriptor drops no lock
// (POSIX), as SQLite locks the other files.

import { StoreError } from "../../errors.ts";
import { type LogEnd, readView } from "./file_format.ts";
import { syncFailed, syncFile } from "./sync_file.ts";

/** The transactions after which a checkpoint is due. */
const CHECKPOINT_TRANSACTIONS = 64;

/** The log of one store, for a connection that writes. */
export class LogFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #indexPath: string;
  #transactions = 0;

  /** @param path The database file, links resolved; a connection must have read it. */
  constructor(path: string) {
    this.path = `${path}-wal`;
    this.#indexPath = `${path}-shm`;
    this.#file = Deno.openSync(this.path, { read: true, write: true });
  }

  /** Returns its end before a transaction, while nobody else can write; if known. */
  begin(): LogEnd | undefined {
    return undefined;
  }

  /**
   * Makes what was committed durable.
   *
   * @param _before Its end before the transaction.
   * @throws {FatalStoreError} If the system could not.
   */
  async sync(_before?: LogEnd): Promise<void> {
    try {
      await this.#file.syncData();
    } catch (error) {
      this.#removeIndex();
      throw syncFailed(this.path, error);
    }
  }

  /** As {@linkcode sync}, on a thread that may wait. */
  syncNow(): void {
    try {
      syncFile(this.#file, this.path);
    } catch (error) {
      this.#removeIndex();
      throw error;
    }
  }

  /** Returns whether it is to be moved to the database after a transaction. */
  isCheckpointDue(_before?: LogEnd): boolean {
    return ++this.#transactions % CHECKPOINT_TRANSACTIONS === 0;
  }

  /**
   * Checks that it still has its name. A log without one is whole as long as it is open:
   * a connection that is closed in order moves it to the database.
   *
   * @throws {StoreError} If it was removed or replaced.
   */
  checkName(): void {
    if (this.#file.statSync().nlink !== 0) return;
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
    return this.#file.statSync().size;
  }

  /** Returns bytes at an offset. */
  read(offset: number, length: number): DataView {
    return readView(this.#file, offset, length);
  }

  /** It counts what may not have reached the log: the next start rebuilds it. */
  #removeIndex(): void {
    try {
      Deno.removeSync(this.#indexPath);
    } catch {
      // The next start may refuse the store then, and say why.
    }
  }
}

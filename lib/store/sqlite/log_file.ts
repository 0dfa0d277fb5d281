// The write-ahead log of a SQLite store, held open by a descriptor of its own: SQLite
// writes it and this syncs it, off the thread. It also tells when the log lost what
// was written to it, which SQLite itself would find out at the next start only.
//
// To close a descriptor of the log drops no lock (POSIX), as SQLite locks the others. To
// close one of the index beside it drops the locks of all connections of the process, and
// the end of a thread closes its descriptors: only threads that outlive these connections
// open it.

import { StoreError } from "../../errors.ts";
import { continueChecksum, type LogChecksum } from "./log_checksum.ts";
import { readBytes } from "./read_bytes.ts";
import { type LogEnd, readOpenIndex } from "./read_index.ts";
import { syncFailed, syncFile } from "./sync_file.ts";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** Reads of an index that others are writing, before there are pauses between them. */
const INDEX_READS = 100;

/** Reads with a pause before each: the writer may be waiting for a processor. */
const INDEX_PAUSES_MAX = 500;

/** The length of such a pause, in milliseconds. */
const INDEX_PAUSE_MS = 1;

/** Never changes: a wait for it is a pause. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** Options of {@linkcode LogFile}. */
export interface LogFileOptions {
  /**
   * Whether the index is opened, too: without it, nothing tells how far the log goes.
   *
   * @default {true}
   */
  readonly hasIndex?: boolean;
}

/** The log of one store. */
export class LogFile {
  readonly #path: string;
  readonly #log: Deno.FsFile;
  readonly #indexPath: string;
  readonly #index: Deno.FsFile | null;

  /** @param path The database file, links resolved; a connection must have read it. */
  constructor(path: string, { hasIndex = true }: LogFileOptions = {}) {
    this.#path = `${path}-wal`;
    this.#log = Deno.openSync(this.#path, { read: true, write: true });
    this.#indexPath = `${path}-shm`;
    this.#index = hasIndex
      ? Deno.openSync(this.#indexPath, { read: true })
      : null;
  }

  /** True if it can tell how far it goes. */
  get hasIndex(): boolean {
    return this.#index !== null;
  }

  /** How many frames it has. */
  get frames(): number {
    return this.end().frames;
  }

  /** Bytes that were written since it last started anew. */
  get bytes(): number {
    return lengthOf(this.end());
  }

  /** Returns whether it has passed another step of so many bytes since. */
  hasPassed(stepBytes: number, before: LogEnd): boolean {
    const stepOf = ({ frames, pageBytes }: LogEnd) =>
      Math.floor(frames * pageBytes / stepBytes);
    return stepOf(this.end()) > stepOf(before);
  }

  /**
   * Makes what was committed durable.
   *
   * @throws {SyncFailedError} When the system could not.
   */
  async sync(): Promise<void> {
    try {
      await this.#log.syncData();
    } catch (error) {
      this.#removeIndex();
      throw syncFailed(this.#path, error);
    }
  }

  /** As {@linkcode sync}, on a thread that may wait. */
  syncNow(): void {
    try {
      syncFile(this.#log, this.#path);
    } catch (error) {
      this.#removeIndex();
      throw error;
    }
  }

  /** True if it is shorter than what was committed to it. */
  get isShort(): boolean {
    const end = this.end();
    const { size } = this.#log.statSync();
    return size < lengthOf(end) && this.end().salt === end.salt;
  }

  /**
   * Checks after a sync that all is still there which was there before. Others may write
   * meanwhile, so the order matters: what the index tells of is in the log already, and
   * stays there as long as the log does not start anew, which changes its salt.
   *
   * @param before Its end when the transaction began, and nobody else could write.
   * @throws {StoreError} When something was cut off.
   */
  check(before: LogEnd): void {
    const end = this.end();
    const isLost = this.isShort ||
      before.salt === end.salt && before.frames > 0 && !this.#isWhole(before);
    if (!isLost || this.end().salt !== end.salt) return;
    throw new StoreError(
      `Cannot store: ${this.#path} was cut off while the server ran`,
      "Stop the server, restore the store from a backup, and start it again",
    );
  }

  /**
   * Checks that it has its name still. One that has none is whole as long as it is open:
   * a connection that is closed in order moves it to the database.
   *
   * @throws {StoreError} When it was removed or replaced.
   */
  checkName(): void {
    if (this.#log.statSync().nlink !== 0) return;
    throw new StoreError(
      `Cannot store: ${this.#path} was removed or replaced while the server ran`,
      "Stop the server by SIGTERM, which saves what the removed file has, and start it again",
    );
  }

  /** To be called only when the store's connection is closed. */
  close(): void {
    this.#log.close();
    this.#index?.close();
  }

  /** It counts what may not have reached the log: the next start makes it anew. */
  #removeIndex(): void {
    try {
      Deno.removeSync(this.#indexPath);
    } catch {
      // The next start may refuse the store then, and say why.
    }
  }

  /**
   * Reads its end.
   *
   * @returns The end, which others may move on at once.
   * @throws {StoreError} When the index stays damaged.
   */
  end(): LogEnd {
    if (!this.#index) {
      throw new TypeError("the log was opened without its index");
    }
    for (let reads = 0; reads < INDEX_READS + INDEX_PAUSES_MAX; reads++) {
      const end = readOpenIndex(this.#index);
      if (end) return end;
      if (reads >= INDEX_READS) Atomics.wait(PAUSE, 0, 0, INDEX_PAUSE_MS);
    }
    throw new StoreError(
      `Cannot store: ${this.#indexPath} was damaged while the server ran`,
      "Restart the server: it makes that file anew",
    );
  }

  /** Returns whether the last frame is as it was written: whatever is cut off reaches it. */
  #isWhole(
    { frames, pageBytes, isBigEndian, salt, checksum }: LogEnd,
  ): boolean {
    const offset = offsetOf(frames, pageBytes);
    // Its checksum continues the one before, which ends at the same distance.
    const lead = frames === 1 ? 8 : pageBytes + 8;
    const length = FRAME_HEADER_BYTES + pageBytes;
    const previous = viewOf(readBytes(this.#log, offset - lead, 8));
    const frame = viewOf(readBytes(this.#log, offset, length));
    if (frame.getBigUint64(8) !== salt) return false;
    if (frame.getBigUint64(16) !== checksum) return false;
    const isLittleEndian = !isBigEndian;
    let sums: LogChecksum = [previous.getUint32(0), previous.getUint32(4)];
    for (const [from, to] of [[0, 8], [FRAME_HEADER_BYTES, length]] as const) {
      sums = continueChecksum(sums, frame, { from, to, isLittleEndian });
    }
    return (BigInt(sums[0]) << 32n | BigInt(sums[1])) === checksum;
  }
}

/** How long a log of so many frames is: one without any may not have its header. */
function lengthOf({ frames, pageBytes }: LogEnd): number {
  return frames === 0 ? 0 : offsetOf(frames + 1, pageBytes);
}

/** Where a frame begins; they are counted from 1. */
function offsetOf(frame: number, pageBytes: number): number {
  return HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + pageBytes);
}

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer);
}

/**
 * The write-ahead log of a SQLite store, held open by a descriptor of its own: SQLite
 * writes it and this syncs it, off the thread. It also tells when the log lost what
 * was written to it, which SQLite itself would find out at the next start only.
 *
 * To close a descriptor of the log drops no lock (POSIX), as SQLite locks the others:
 * that of the index beside it is closed only after the connection.
 *
 * @module
 */

import { StoreError } from "../../errors.ts";
import { syncFailed, syncFile } from "./sync_file.ts";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Where the index, as sqlite.org/walformat.html has it, keeps what is read here. */
const INDEX_HEADER_BYTES = 48;

/** How far a log goes: the last frame that was committed. */
export interface LogEnd {
  readonly frames: number;
  readonly pageBytes: number;
  readonly isBigEndian: boolean;
  /** As in the header of each frame: tells one round of the log from the next. */
  readonly salt: bigint;
  /** As in the header of the last frame. */
  readonly checksum: bigint;
}

/** The log of one store. */
export class LogFile {
  readonly #path: string;
  readonly #log: Deno.FsFile;
  readonly #indexPath: string;
  readonly #index: Deno.FsFile;

  /** @param path The database file, links resolved; a connection must have read it. */
  constructor(path: string) {
    this.#path = `${path}-wal`;
    this.#log = Deno.openSync(this.#path, { read: true, write: true });
    this.#indexPath = `${path}-shm`;
    this.#index = Deno.openSync(this.#indexPath, { read: true });
  }

  /** How many frames it has. */
  get frames(): number {
    return this.end().frames;
  }

  /** Bytes that were written since it last started anew. */
  get bytes(): number {
    return lengthOf(this.end());
  }

  /** Whether it has passed another step of so many bytes since. */
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

  /**
   * Checks after a sync that all is still there which was there before.
   *
   * @param before Its end when the transaction began, and nobody else could write.
   * @throws {StoreError} When something was cut off or removed.
   */
  check(before: LogEnd): void {
    const { size, nlink } = this.#log.statSync();
    if (nlink === 0) throw this.#fault("was removed or replaced");
    const now = this.end();
    const { salt } = now;
    const isLost = size < lengthOf(now) ||
      before.salt === salt && before.frames > 0 && !this.#isWhole(before);
    // A log that started anew meanwhile is none that was cut off.
    if (isLost && this.end().salt === salt) throw this.#fault("was cut off");
  }

  /** To be called only when the store's connection is closed. */
  close(): void {
    this.#log.close();
    this.#index.close();
  }

  /** It counts what may not have reached the log: the next start makes it anew. */
  #removeIndex(): void {
    try {
      Deno.removeSync(this.#indexPath);
    } catch {
      // The next start may refuse the store then, and say why.
    }
  }

  #fault(fact: string): StoreError {
    return new StoreError(
      `Cannot store: ${this.#path} ${fact} while the server ran`,
      "Stop the server, restore the store from a backup, and start it again",
    );
  }

  /** How far it goes now. */
  end(): LogEnd {
    const header = new DataView(
      read(this.#index, 0, INDEX_HEADER_BYTES).buffer,
    );
    const isBigEndian = header.getUint8(13) === 1;
    const number16 = header.getUint16(14, !isBigEndian);
    return {
      isBigEndian,
      pageBytes: number16 === 1 ? 65_536 : number16,
      frames: header.getUint32(16, !isBigEndian),
      checksum: BigInt(header.getUint32(24, !isBigEndian)) << 32n |
        BigInt(header.getUint32(28, !isBigEndian)),
      salt: header.getBigUint64(32),
    };
  }

  /** Whether the last frame is as it was written: whatever is cut off reaches it. */
  #isWhole(
    { frames, pageBytes, isBigEndian, salt, checksum }: LogEnd,
  ): boolean {
    const offset = offsetOf(frames, pageBytes);
    // Its checksum continues the one before, which ends at the same distance.
    const lead = frames === 1 ? 8 : pageBytes + 8;
    const length = FRAME_HEADER_BYTES + pageBytes;
    const previous = read(this.#log, offset - lead, 8);
    const frame = read(this.#log, offset, length);
    const header = new DataView(frame.buffer);
    if (header.getBigUint64(8) !== salt) return false;
    if (header.getBigUint64(16) !== checksum) return false;
    const seed = new DataView(previous.buffer);
    let s0 = seed.getUint32(0);
    let s1 = seed.getUint32(4);
    const add = (from: number, to: number) => {
      for (let at = from; at < to; at += 8) {
        s0 = (s0 + header.getUint32(at, !isBigEndian) + s1) >>> 0;
        s1 = (s1 + header.getUint32(at + 4, !isBigEndian) + s0) >>> 0;
      }
    };
    add(0, 8);
    add(FRAME_HEADER_BYTES, length);
    return (BigInt(s0) << 32n | BigInt(s1)) === checksum;
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

/** Reads bytes; those beyond the end of the file are 0. */
function read(file: Deno.FsFile, offset: number, length: number) {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let at = 0; at < length;) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) break;
    at += count;
  }
  return bytes;
}

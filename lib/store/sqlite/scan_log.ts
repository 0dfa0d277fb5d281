// The write-ahead log of a SQLite store, read without SQLite: what a recovery would
// find in it, and what lies beyond (https://sqlite.org/walformat.html).

import {
  continueChecksum,
  FRAME_HEADER_BYTES,
  frameOffset,
  LOG_HEADER_BYTES,
  type LogChecksum,
  readView,
} from "./file_format.ts";
import { openOrNull } from "./stat.ts";

const MAGIC = 0x377f0682;

/** The offset of `user_version` in the first page of a database. */
const USER_VERSION_OFFSET = 60;

/** The header of a log. */
export interface LogHeader {
  readonly pageBytes: number;
  /** The number of times it started over since it was made. */
  readonly sequence: number;
  /** Distinguishes its frames from those of the round before. */
  readonly salt: bigint;
}

/** The whole transactions of a log, from the first one on. */
interface WholeFrames {
  readonly frames: number;
  /** The pages in these frames. */
  readonly pages: ReadonlySet<number>;
  /** The pages of the database after them; 0 without any. */
  readonly pageCount: number;
  /** The last `user_version` in them; null if none changed the first page. */
  readonly userVersion: number | null;
}

/** The content of a log. */
export interface LogScan extends WholeFrames {
  readonly bytes: number;
  /** Null if it is not that of a log. */
  readonly header: LogHeader | null;
  /** Transactions of the same round that end after the first broken frame. */
  readonly transactionsBeyond: number;
}

/**
 * Reads a log from its beginning to its end.
 *
 * @returns Its content; undefined if there is no such file.
 */
export function scanLog(path: string): LogScan | undefined {
  using file = openOrNull(path);
  return file ? new Scanner(file).scan() : undefined;
}

class Scanner {
  readonly #file: Deno.FsFile;
  readonly #bytes: number;
  #sums: LogChecksum = [0, 0];
  #isLittleEndian = true;
  /** The first frame that is not whole. */
  #broken = 1;

  constructor(file: Deno.FsFile) {
    this.#file = file;
    this.#bytes = file.statSync().size;
  }

  scan(): LogScan {
    const header = this.#readHeader();
    const none = { frames: 0, pages: new Set<number>(), pageCount: 0 };
    return {
      bytes: this.#bytes,
      header,
      ...(header ? this.#readFrames(header) : { ...none, userVersion: null }),
      transactionsBeyond: header ? this.#countBeyond(header) : 0,
    };
  }

  #readHeader(): LogHeader | null {
    const view = readView(this.#file, 0, LOG_HEADER_BYTES);
    const magic = view.getUint32(0);
    if ((magic & ~1) !== MAGIC) return null;
    this.#isLittleEndian = magic === MAGIC;
    this.#add(view, 0, LOG_HEADER_BYTES - 8);
    if (!this.#isSum(view, LOG_HEADER_BYTES - 8)) return null;
    return {
      pageBytes: view.getUint32(8),
      sequence: view.getUint32(12),
      salt: view.getBigUint64(16),
    };
  }

  #readFrames(header: LogHeader): WholeFrames {
    const pages = new Set<number>();
    let whole: WholeFrames = {
      frames: 0,
      pages,
      pageCount: 0,
      userVersion: null,
    };
    let pending: number[] = [];
    let { userVersion } = whole;
    for (;; this.#broken++) {
      const view = this.#readFrame(this.#broken, header);
      if (!view) return whole;
      const page = view.getUint32(0);
      if (page === 1) {
        userVersion = view.getUint32(FRAME_HEADER_BYTES + USER_VERSION_OFFSET);
      }
      pending.push(page);
      const pageCount = view.getUint32(4);
      if (pageCount === 0) continue; // More of the same transaction follows.
      for (const page of pending) pages.add(page);
      pending = [];
      whole = { frames: this.#broken, pages, pageCount, userVersion };
    }
  }

  /** Returns the next frame if it is whole. */
  #readFrame(frame: number, { pageBytes, salt }: LogHeader): DataView | null {
    const offset = frameOffset(frame, pageBytes);
    const length = FRAME_HEADER_BYTES + pageBytes;
    if (offset + length > this.#bytes) return null;
    const view = readView(this.#file, offset, length);
    if (view.getBigUint64(8) !== salt) return null;
    this.#add(view, 0, 8);
    this.#add(view, FRAME_HEADER_BYTES, length);
    return this.#isSum(view, 16) ? view : null;
  }

  #countBeyond({ pageBytes, salt }: LogHeader): number {
    let transactions = 0;
    for (let frame = this.#broken;; frame++) {
      const offset = frameOffset(frame, pageBytes);
      if (offset + FRAME_HEADER_BYTES > this.#bytes) return transactions;
      const view = readView(this.#file, offset, FRAME_HEADER_BYTES);
      const isLast = view.getUint32(4) !== 0;
      if (isLast && view.getBigUint64(8) === salt) transactions++;
    }
  }

  #add(view: DataView, from: number, to: number): void {
    const range = { from, to, isLittleEndian: this.#isLittleEndian };
    this.#sums = continueChecksum(this.#sums, view, range);
  }

  #isSum(view: DataView, at: number): boolean {
    return this.#sums.every((sum, i) => sum === view.getUint32(at + 4 * i));
  }
}

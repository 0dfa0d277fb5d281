// The write-ahead log of a SQLite store, read without SQLite: what a recovery would
// find in it, and what lies beyond (https://sqlite.org/walformat.html).

import { continueChecksum, type LogChecksum } from "./log_checksum.ts";
import { readBytes } from "./read_bytes.ts";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;
/** Where the first page of a database has its `user_version`. */
const USER_VERSION_OFFSET = 60;

/** What a log says at its beginning. */
export interface LogHeader {
  readonly pageBytes: number;
  /** How often it started over since it was made. */
  readonly sequence: number;
  /** Tells its frames from those of the round before. */
  readonly salt: bigint;
}

/** What there is in a log. */
export interface LogScan {
  readonly bytes: number;
  /** Null when it is not that of a log. */
  readonly header: LogHeader | null;
  /** How many frames belong to whole transactions, from the first one on. */
  readonly frames: number;
  /** The pages in these frames. */
  readonly pages: ReadonlySet<number>;
  /** How many pages the database has after them; 0 without any. */
  readonly pageCount: number;
  /** The last `user_version` in them; null when none changed the first page. */
  readonly userVersion: number | null;
  /** How many transactions of the same round end after the first broken frame. */
  readonly transactionsBeyond: number;
}

/**
 * Reads a log from its beginning to its end.
 *
 * @returns What there is in it; nothing if there is no such file.
 */
export function scanLog(path: string): LogScan | undefined {
  try {
    using file = Deno.openSync(path, { read: true });
    return new Scanner(file).scan();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

class Scanner {
  readonly #file: Deno.FsFile;
  readonly #bytes: number;
  readonly #pages = new Set<number>();
  #sums: LogChecksum = [0, 0];
  #isLittleEndian = true;

  constructor(file: Deno.FsFile) {
    this.#file = file;
    this.#bytes = file.statSync().size;
  }

  scan(): LogScan {
    const header = this.#readHeader();
    const nothing = { frames: 0, pageCount: 0, userVersion: null };
    const whole = header ? this.#readFrames(header) : { ...nothing, broken: 1 };
    const { broken, ...found } = whole;
    return {
      bytes: this.#bytes,
      header,
      pages: this.#pages,
      ...found,
      transactionsBeyond: header ? this.#countBeyond(header, broken) : 0,
    };
  }

  #readHeader(): LogHeader | null {
    const view = viewOf(readBytes(this.#file, 0, HEADER_BYTES));
    const magic = view.getUint32(0);
    if ((magic & ~1) !== MAGIC) return null;
    this.#isLittleEndian = magic === MAGIC;
    this.#add(view, 0, HEADER_BYTES - 8);
    if (!this.#isSum(view, HEADER_BYTES - 8)) return null;
    return {
      pageBytes: view.getUint32(8),
      sequence: view.getUint32(12),
      salt: view.getBigUint64(16),
    };
  }

  /** Reads whole frames; `broken` is the number of the first that is not. */
  #readFrames({ pageBytes, salt }: LogHeader) {
    const found = {
      frames: 0,
      pageCount: 0,
      userVersion: null as number | null,
    };
    let pages: number[] = [];
    let { userVersion } = found;
    for (let frame = 1;; frame++) {
      const offset = offsetOf(frame, pageBytes);
      const length = FRAME_HEADER_BYTES + pageBytes;
      if (offset + length > this.#bytes) return { ...found, broken: frame };
      const view = viewOf(readBytes(this.#file, offset, length));
      if (view.getBigUint64(8) !== salt) return { ...found, broken: frame };
      this.#add(view, 0, 8);
      this.#add(view, FRAME_HEADER_BYTES, length);
      if (!this.#isSum(view, 16)) return { ...found, broken: frame };
      const page = view.getUint32(0);
      if (page === 1) {
        userVersion = view.getUint32(FRAME_HEADER_BYTES + USER_VERSION_OFFSET);
      }
      pages.push(page);
      const pageCount = view.getUint32(4);
      if (pageCount === 0) continue; // More of the same transaction follows.
      for (const page of pages) this.#pages.add(page);
      pages = [];
      Object.assign(found, { frames: frame, pageCount, userVersion });
    }
  }

  #countBeyond({ pageBytes, salt }: LogHeader, broken: number): number {
    let transactions = 0;
    for (let frame = broken;; frame++) {
      const offset = offsetOf(frame, pageBytes);
      if (offset + FRAME_HEADER_BYTES > this.#bytes) return transactions;
      const view = viewOf(readBytes(this.#file, offset, FRAME_HEADER_BYTES));
      const isLast = view.getUint32(4) !== 0;
      if (isLast && view.getBigUint64(8) === salt) transactions++;
    }
  }

  #add(view: DataView, from: number, to: number): void {
    const isLittleEndian = this.#isLittleEndian;
    this.#sums = continueChecksum(this.#sums, view, {
      from,
      to,
      isLittleEndian,
    });
  }

  #isSum(view: DataView, at: number): boolean {
    const [first, second] = this.#sums;
    return view.getUint32(at) === first && view.getUint32(at + 4) === second;
  }
}

/** Where a frame begins; they are counted from 1. */
function offsetOf(frame: number, pageBytes: number): number {
  return HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + pageBytes);
}

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer);
}

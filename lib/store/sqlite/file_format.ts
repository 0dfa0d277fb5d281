// SQLite's files, read without SQLite, which would change them: the header of a database
// (https://sqlite.org/fileformat.html), and the index of its write-ahead log
// (https://sqlite.org/walformat.html).

import { type OpenMark, parseMark } from "./open_mark.ts";
import { APPLICATION_ID } from "./schema.ts";
import { openOrNull } from "./stat.ts";

const DATABASE_HEADER_BYTES = 100;
const DATABASE_MAGIC = "SQLite format 3\0";

const INDEX_HEADER_BYTES = 48;
const INDEX_CHECKSUM_OFFSET = 40;
const INDEX_VERSION = 3_007_000;

/** The header of an index, twice: read before and after each transaction. */
const copies = new DataView(new ArrayBuffer(2 * INDEX_HEADER_BYTES));

/** The bytes before the first frame of a log. */
export const LOG_HEADER_BYTES = 32;

/** The bytes of a frame before its page. */
export const FRAME_HEADER_BYTES = 24;

/** Two unsigned 32-bit numbers; each checksum continues another one. */
export type LogChecksum = readonly [number, number];

/** The header of a database. */
export interface DatabaseHeader {
  readonly fileBytes: number;
  readonly pageBytes: number;
  /** The pages in the database; the log may have more. */
  readonly pages: number;
  readonly mark: OpenMark;
}

/** The last frame of a log that was committed. */
export interface LogEnd {
  /** Its number; 0 if there is none yet. */
  readonly frames: number;
  readonly pageBytes: number;
  /** The byte order of the log's checksums. */
  readonly isBigEndian: boolean;
  /** As in the header of each frame: distinguishes the rounds of the log. */
  readonly salt: bigint;
  /** As in the header of the last frame. */
  readonly checksum: bigint;
}

/** Returns bytes at an offset of a file; those beyond its end are 0. */
export function readView(
  file: Deno.FsFile,
  offset: number,
  length: number,
): DataView {
  const view = new DataView(new ArrayBuffer(length));
  readInto(view, file, offset);
  return view;
}

/** As {@linkcode readView}, into a view that is used again. */
export function readInto(
  view: DataView<ArrayBuffer>,
  file: Deno.FsFile,
  offset: number,
): void {
  const bytes = new Uint8Array(view.buffer, 0, view.byteLength);
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) {
    const count = file.readSync(at === 0 ? bytes : bytes.subarray(at));
    if (count === null) return void bytes.fill(0, at);
    at += count;
  }
}

/** Returns the offset of a frame in its log, counted from 1. */
export function frameOffset(frame: number, pageBytes: number): number {
  return LOG_HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + pageBytes);
}

/** Continues a checksum over bytes of a log or of its index, a multiple of 8. */
export function continueChecksum(
  sums: LogChecksum,
  view: DataView,
  { from, to, isLittleEndian }: {
    readonly from: number;
    readonly to: number;
    readonly isLittleEndian: boolean;
  },
): LogChecksum {
  let [first, second] = sums;
  for (let at = from; at < to; at += 8) {
    first = (first + view.getUint32(at, isLittleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, isLittleEndian) + first) >>> 0;
  }
  return [first, second];
}

/**
 * Reads the header of a store's database, whatever its log has.
 *
 * @returns The header; null if there is no file or an empty one, undefined if it is not
 *   a store.
 */
export function readDatabaseHeader(
  path: string,
): DatabaseHeader | null | undefined {
  using file = openOrNull(path);
  const fileBytes = file?.statSync().size ?? 0;
  if (!file || fileBytes === 0) return null;
  const view = readView(file, 0, DATABASE_HEADER_BYTES);
  const magic = new Uint8Array(view.buffer, 0, DATABASE_MAGIC.length);
  if (new TextDecoder().decode(magic) !== DATABASE_MAGIC) return undefined;
  if (view.getUint32(68) !== APPLICATION_ID) return undefined;
  return {
    fileBytes,
    pageBytes: pageBytesOf(view.getUint16(16)),
    pages: view.getUint32(28),
    mark: parseMark(view.getUint32(60)),
  };
}

/**
 * Reads the end of a log from its index. That is shared memory which outlives a process
 * that was killed; after a loss of power it is as old as the system last wrote it out.
 * SQLite rebuilds it when it opens a store that no process has open.
 *
 * @returns The end of the log; undefined without an index that is whole.
 */
export function readIndex(path: string): LogEnd | undefined {
  using file = openOrNull(path);
  return file ? readOpenIndex(file) : undefined;
}

/**
 * Reads an open index. Its header may change meanwhile: it has two copies of it, each
 * with a checksum, and is written from the second one on.
 *
 * @returns The end of the log; undefined while it is being written.
 */
export function readOpenIndex(file: Deno.FsFile): LogEnd | undefined {
  const view = copies;
  readInto(view, file, 0);
  for (let at = 0; at < INDEX_HEADER_BYTES; at += 4) {
    const copy = view.getUint32(at + INDEX_HEADER_BYTES);
    if (view.getUint32(at) !== copy) return undefined;
  }
  // It has the byte order of the machine.
  const isLittleEndian = view.getUint32(0, true) === INDEX_VERSION;
  if (view.getUint32(0, isLittleEndian) !== INDEX_VERSION) return undefined;
  const range = { from: 0, to: INDEX_CHECKSUM_OFFSET, isLittleEndian };
  const [first, second] = continueChecksum([0, 0], view, range);
  const isWhole =
    first === view.getUint32(INDEX_CHECKSUM_OFFSET, isLittleEndian) &&
    second === view.getUint32(INDEX_CHECKSUM_OFFSET + 4, isLittleEndian);
  if (!isWhole) return undefined;
  return {
    frames: view.getUint32(16, isLittleEndian),
    pageBytes: pageBytesOf(view.getUint16(14, isLittleEndian)),
    isBigEndian: view.getUint8(13) === 1,
    salt: view.getBigUint64(32),
    checksum: BigInt(view.getUint32(24, isLittleEndian)) << 32n |
      BigInt(view.getUint32(28, isLittleEndian)),
  };
}

/** The largest size does not fit into 16 bits. */
function pageBytesOf(number16: number): number {
  return number16 === 1 ? 65_536 : number16;
}

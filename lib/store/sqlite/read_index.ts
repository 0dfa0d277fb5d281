// The index of a SQLite store's log, read without SQLite. It is shared memory that
// outlives a process that was killed, and says how far the log goes. After a loss of
// power it is as old as the system last wrote it out by itself.
//
// Its header may change while it is read. So there are two copies of it, each with a
// checksum, and whoever writes them begins with the second.

import { continueChecksum } from "./log_checksum.ts";
import { readBytes } from "./read_bytes.ts";

const HEADER_BYTES = 48;
const CHECKSUM_OFFSET = 40;
const VERSION = 3_007_000;

/** The last frame of a log that was committed. */
export interface LogEnd {
  /** Its number; 0 where there is none yet. */
  readonly frames: number;
  readonly pageBytes: number;
  /** The byte order of the log's checksums. */
  readonly isBigEndian: boolean;
  /** As in the header of each frame: tells one round of the log from the next. */
  readonly salt: bigint;
  /** As in the header of the last frame. */
  readonly checksum: bigint;
}

/**
 * Reads how far the log went when it was last written. SQLite makes the index anew when
 * it opens a store that nobody has open.
 *
 * @returns How far; nothing if there is no index, or none that is whole.
 */
export function readIndex(path: string): LogEnd | undefined {
  try {
    using file = Deno.openSync(path, { read: true });
    return readOpenIndex(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * As {@linkcode readIndex}, of a file that is open already.
 *
 * @returns How far the log goes; nothing while that is written.
 */
export function readOpenIndex(file: Deno.FsFile): LogEnd | undefined {
  const bytes = readBytes(file, 0, 2 * HEADER_BYTES);
  const copy = bytes.subarray(HEADER_BYTES);
  if (copy.some((byte, at) => byte !== bytes[at])) return undefined;
  const view = new DataView(bytes.buffer);
  // It has the byte order of the machine.
  const isLittleEndian = view.getUint32(0, true) === VERSION;
  if (view.getUint32(0, isLittleEndian) !== VERSION) return undefined;
  const range = { from: 0, to: CHECKSUM_OFFSET, isLittleEndian };
  const sums = continueChecksum([0, 0], view, range);
  const isWhole = sums.every((sum, i) =>
    sum === view.getUint32(CHECKSUM_OFFSET + 4 * i, isLittleEndian)
  );
  if (!isWhole) return undefined;
  const number16 = view.getUint16(14, isLittleEndian);
  return {
    frames: view.getUint32(16, isLittleEndian),
    pageBytes: number16 === 1 ? 65_536 : number16,
    isBigEndian: view.getUint8(13) === 1,
    salt: view.getBigUint64(32),
    checksum: BigInt(view.getUint32(24, isLittleEndian)) << 32n |
      BigInt(view.getUint32(28, isLittleEndian)),
  };
}

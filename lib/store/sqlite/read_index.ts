/**
 * The index of a SQLite store's log, read without SQLite. It is shared memory that
 * outlives a process that was killed, and says how far the log went. After a loss of
 * power it is as old as the system last wrote it out by itself.
 *
 * @module
 */

import { readBytes } from "./read_bytes.ts";

const HEADER_BYTES = 48;
const VERSION = 3_007_000;

/** How far a log went. */
export interface LogEnd {
  /** That of the log's round. */
  readonly salt: bigint;
  readonly frames: number;
}

/**
 * Reads how far the log went when it was last written. SQLite makes the index anew when
 * it opens a store that nobody has open.
 *
 * @param path The index.
 * @returns How far; nothing if there is no index, or none that is whole.
 */
export function readIndex(path: string): LogEnd | undefined {
  try {
    using file = Deno.openSync(path, { read: true });
    const bytes = readBytes(file, 0, 2 * HEADER_BYTES);
    const copy = bytes.subarray(HEADER_BYTES);
    if (copy.some((byte, at) => byte !== bytes[at])) return undefined;
    const view = new DataView(bytes.buffer);
    // It has the byte order of the machine.
    const isLittleEndian = view.getUint32(0, true) === VERSION;
    if (view.getUint32(0, isLittleEndian) !== VERSION) return undefined;
    return {
      salt: view.getBigUint64(32),
      frames: view.getUint32(16, isLittleEndian),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

// A log whose end is known from its index, so that a loss of what was written shows at
// once: SQLite itself would find it at the next start only.
//
// To close the index drops the locks of all connections of the process (POSIX), and the
// end of a thread closes its descriptors: only threads that outlive these connections
// open it.

import { StoreError } from "../../errors.ts";
import {
  continueChecksum,
  FRAME_HEADER_BYTES,
  frameOffset,
  LOG_HEADER_BYTES,
  type LogChecksum,
  type LogEnd,
  readOpenIndex,
} from "./file_format.ts";
import { LogFile } from "./log_file.ts";

/** The bytes of the log after which a checkpoint is due. */
const CHECKPOINT_BYTES = 4 << 20;

/** Reads of an index that others are writing, before there are pauses between them. */
const INDEX_READS = 100;

/** Reads with a pause before each: the writer may be waiting for a processor. */
const INDEX_PAUSES_MAX = 500;
const INDEX_PAUSE_MS = 1;

/** Never changes: a wait for it is a pause. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** The log of one store, and its index. */
export class WatchedLog extends LogFile {
  readonly #indexPath: string;
  readonly #index: Deno.FsFile;
  readonly #header = new DataView(new ArrayBuffer(LOG_HEADER_BYTES));
  readonly #frameHeader = new DataView(new ArrayBuffer(FRAME_HEADER_BYTES));
  readonly #lastByte = new DataView(new ArrayBuffer(1));
  readonly #lead = new DataView(new ArrayBuffer(8));
  #frame = new DataView(new ArrayBuffer(0));

  /** @param path As for {@linkcode LogFile}. */
  constructor(path: string) {
    super(path);
    this.#indexPath = `${path}-shm`;
    this.#index = Deno.openSync(this.#indexPath, { read: true });
  }

  /** Bytes written since it last restarted. */
  get bytes(): number {
    return lengthOf(this.end());
  }

  /** True if it is shorter than what was committed to it. */
  get isShort(): boolean {
    const end = this.end();
    const { size } = this;
    return size < lengthOf(end) && this.end().salt === end.salt;
  }

  /** Makes what was committed durable, and checks that all of it is still there. */
  override async sync(before: LogEnd): Promise<boolean> {
    await super.sync();
    return stepOf(this.check(before)) > stepOf(before);
  }

  /** Overwrites what earlier rounds left behind its end; nobody may write meanwhile. */
  clearRest(): void {
    const { frames, pageBytes } = this.end();
    this.clear(frameOffset(frames + 1, pageBytes));
  }

  override close(): void {
    super.close();
    this.#index.close();
  }

  /**
   * Reads its end.
   *
   * @returns The end, which others may move on at once.
   * @throws {StoreError} If the index stays damaged.
   */
  override end(): LogEnd {
    for (let reads = 0; reads < INDEX_READS + INDEX_PAUSES_MAX; reads++) {
      const end = readOpenIndex(this.#index);
      if (end) return end;
      if (reads >= INDEX_READS) Atomics.wait(PAUSE, 0, 0, INDEX_PAUSE_MS);
    }
    throw new StoreError(
      `Cannot store: ${this.#indexPath} was damaged while the server ran`,
      "Restart the server: it rebuilds that file",
    );
  }

  /**
   * Checks that all that was committed is still there.
   *
   * @param before An end of it, up to which it was whole.
   * @returns Its end now.
   * @throws {StoreError} If something is missing.
   */
  check(before: LogEnd): LogEnd {
    // Others may write meanwhile, so the order matters: what is in the index is in the
    // log already, and stays there until the log restarts, which changes its salt.
    const end = this.end();
    const isLost = this.size < lengthOf(end) ||
      before.salt === end.salt && before.frames > 0 && !this.#isWhole(before);
    if (!isLost || this.end().salt !== end.salt) return end;
    throw new StoreError(
      `Cannot store: ${this.path} was cut off or overwritten while the server ran`,
      restoreHint(this.path),
    );
  }

  /**
   * Returns whether the log is that of its index, and the last frame as it was written:
   * whatever is cut off reaches it, and so does an older copy, unless that is shorter and
   * of this round.
   */
  #isWhole(end: LogEnd): boolean {
    this.read(this.#header, 0);
    if (this.#header.getBigUint64(16) !== end.salt) return false;
    const frame = this.#frameHeader;
    this.read(frame, frameOffset(end.frames, end.pageBytes));
    if (frame.getBigUint64(8) !== end.salt) return false;
    if (frame.getBigUint64(16) !== end.checksum) return false;
    // What was cut off is zero once others have written behind it, to the last byte.
    this.read(this.#lastByte, frameOffset(end.frames + 1, end.pageBytes) - 1);
    return this.#lastByte.getUint8(0) !== 0 || this.#hasChecksum(end);
  }

  #hasChecksum(
    { frames, pageBytes, isBigEndian, checksum }: LogEnd,
  ): boolean {
    const offset = frameOffset(frames, pageBytes);
    // Its checksum continues the one before, which ends at the same distance.
    const lead = frames === 1 ? 8 : pageBytes + 8;
    const length = FRAME_HEADER_BYTES + pageBytes;
    this.read(this.#lead, offset - lead);
    if (this.#frame.byteLength !== length) {
      this.#frame = new DataView(new ArrayBuffer(length));
    }
    const frame = this.#frame;
    this.read(frame, offset);
    const isLittleEndian = !isBigEndian;
    let sums: LogChecksum = [this.#lead.getUint32(0), this.#lead.getUint32(4)];
    for (const [from, to] of [[0, 8], [FRAME_HEADER_BYTES, length]] as const) {
      sums = continueChecksum(sums, frame, { from, to, isLittleEndian });
    }
    return (BigInt(sums[0]) << 32n | BigInt(sums[1])) === checksum;
  }
}

/** Returns the way out once something was cut off a database or its log. */
export function restoreHint(path: string): string {
  const database = path.replace(/-wal$/, "");
  return `Stop the server, restore ${database} from a backup, and start it again`;
}

function stepOf({ frames, pageBytes }: LogEnd): number {
  return Math.floor(frames * pageBytes / CHECKPOINT_BYTES);
}

/** Returns the length of a log; one without frames may not have its header. */
export function lengthOf({ frames, pageBytes }: LogEnd): number {
  return frames === 0 ? 0 : frameOffset(frames + 1, pageBytes);
}

// Group commit: concurrent writes share one transaction and one sync. While one batch is
// being written the next one accumulates, so that slower disks get larger batches.

import { setImmediate } from "node:timers";
import type { CommitInfo } from "./client_options.ts";

/** Options of {@linkcode GroupCommit}. */
export interface GroupCommitOptions<Write, Result> {
  /**
   * Makes a batch durable, all of it or none.
   *
   * @throws If nothing of the batch was stored.
   */
  readonly commit: (batch: readonly Write[]) => Promise<readonly Result[]>;
  /** The bytes of a waiting write; 0 if something else limits it. */
  readonly bytesOf: (write: Write) => number;
  /** The most bytes in one batch; a larger write has its own. */
  readonly batchBytesMax: number;
  /**
   * The most bytes of waiting writes.
   *
   * @default {67108864}
   */
  readonly waitingBytesMax?: number;
  /**
   * Returns whether one of its writes made a commit fail. Then each is retried alone, so
   * that the others are stored.
   */
  readonly isFaultOfWrite: (error: unknown) => boolean;
  /** Called after every failed commit, unless its writes are retried one by one. */
  readonly onFailure: (error: unknown) => void;
  /** Called after every durable batch. */
  readonly onCommit?: ((info: CommitInfo) => void) | undefined;
}

/** The outcome of a write. */
export type WriteResult<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly reason: "overloaded" | "failed" };

interface PendingWrite<Write, Result> {
  readonly write: Write;
  readonly resolve: (result: WriteResult<Result>) => void;
}

const FAILED = { ok: false, reason: "failed" } as const;

/** The group commit of one client of a store. */
export class GroupCommit<Write, Result> {
  readonly #options: GroupCommitOptions<Write, Result>;
  readonly #waitingBytesMax: number;
  #waiting: PendingWrite<Write, Result>[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  /** @param options Limits, and a function that makes a batch durable. */
  constructor(options: GroupCommitOptions<Write, Result>) {
    this.#options = options;
    this.#waitingBytesMax = options.waitingBytesMax ?? 64 << 20;
  }

  /**
   * Adds a write to the next batch.
   *
   * @returns Its outcome, once it is durable; never rejects.
   */
  add(write: Write): Promise<WriteResult<Result>> {
    if (this.#isClosed) return Promise.resolve(FAILED);
    const bytes = this.#options.bytesOf(write);
    if (bytes > 0 && this.#waitingBytes + bytes > this.#waitingBytesMax) {
      return Promise.resolve({ ok: false, reason: "overloaded" });
    }
    this.#waitingBytes += bytes;
    return new Promise((resolve) => {
      this.#waiting.push({ write, resolve });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Accepts no more writes, and waits until all are written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // The sync gathers later batches; the first gets what arrived in this turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#write(this.#takeBatch());
    this.#writing = undefined;
  }

  #takeBatch(): PendingWrite<Write, Result>[] {
    const { bytesOf, batchBytesMax } = this.#options;
    let count = 0;
    let batchBytes = 0;
    for (const { write } of this.#waiting) {
      const bytes = bytesOf(write);
      if (count > 0 && batchBytes + bytes > batchBytesMax) break;
      batchBytes += bytes;
      count++;
    }
    this.#waitingBytes -= batchBytes;
    return this.#waiting.splice(0, count);
  }

  async #write(waiting: readonly PendingWrite<Write, Result>[]): Promise<void> {
    const { commit, isFaultOfWrite, onCommit, onFailure } = this.#options;
    const startMs = performance.now();
    try {
      const results = await commit(waiting.map(({ write }) => write));
      for (const [i, result] of results.entries()) {
        waiting[i]?.resolve({ ok: true, result });
      }
    } catch (error) {
      if (waiting.length > 1 && isFaultOfWrite(error)) {
        for (const one of waiting) await this.#write([one]);
        return;
      }
      onFailure(error);
      for (const { resolve } of waiting) resolve(FAILED);
      return;
    }
    const durationMs = performance.now() - startMs;
    onCommit?.({ durationMs, size: waiting.length });
  }
}

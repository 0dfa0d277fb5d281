/**
 * Group commit: deliveries that arrive together share one transaction and one
 * fsync. While one batch is being written the next one gathers, so that the slower
 * the disk the larger the batches.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { AcceptResult, Delivery, Store } from "./store.ts";

/** Writes batches, one at a time. */
export interface BatchWriter {
  /**
   * Makes a batch durable, all of it or none.
   *
   * @returns For each delivery whether it was a duplicate.
   * @throws When nothing of the batch was stored.
   */
  commit(batch: readonly Delivery[]): Promise<readonly boolean[]>;
  /** Writes and commits something of an event's size. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/** Options of {@linkcode groupCommit}. */
export interface GroupCommitOptions {
  /** The most bytes of bodies in one batch; a single larger body goes alone. */
  batchBytesMax: number;
  /**
   * The most bytes that wait for their batch: bodies, and 1024 for each delivery.
   *
   * @default {67108864}
   */
  waitingBytesMax?: number;
  /** Told of every failure of the writer. */
  onFailure?: (error: unknown) => void;
}

interface Waiting {
  delivery: Delivery;
  resolve: (result: AcceptResult) => void;
}

/**
 * Makes a store of a batch writer.
 *
 * @param writer Does the writing.
 * @param options Limits.
 * @returns The store.
 */
export function groupCommit(
  writer: BatchWriter,
  options: GroupCommitOptions,
): Store {
  return new GroupCommit(writer, options);
}

class GroupCommit implements Store {
  readonly #writer: BatchWriter;
  readonly #batchBytesMax: number;
  readonly #waitingBytesMax: number;
  readonly #onFailure: (error: unknown) => void;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(writer: BatchWriter, options: GroupCommitOptions) {
    this.#writer = writer;
    this.#batchBytesMax = options.batchBytesMax;
    this.#waitingBytesMax = options.waitingBytesMax ?? 64 << 20;
    this.#onFailure = options.onFailure ?? (() => {});
  }

  accept(delivery: Delivery): Promise<AcceptResult> {
    const length = sizeOf(delivery);
    if (this.#closing) return Promise.resolve({ ok: false, reason: "failed" });
    if (this.#waitingBytes + length > this.#waitingBytesMax) {
      return Promise.resolve({ ok: false, reason: "overloaded" });
    }
    this.#waitingBytes += length;
    return new Promise((resolve) => {
      this.#waiting.push({ delivery, resolve });
      this.#writing ??= this.#writeAll();
    });
  }

  async probe(): Promise<boolean> {
    if (this.#closing) return false;
    try {
      await this.#writer.probe();
      return true;
    } catch (error) {
      this.#onFailure(error);
      return false;
    }
  }

  close(): Promise<void> {
    return this.#closing ??= this.#finish();
  }

  async #finish(): Promise<void> {
    await this.#writing;
    await this.#writer.close();
  }

  async #writeAll(): Promise<void> {
    // The fsync gathers later batches; the first gets what arrived in this turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#write(this.#takeBatch());
    this.#writing = undefined;
  }

  #takeBatch(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { delivery } of this.#waiting) {
      const { length } = delivery.body;
      if (count > 0 && bytes + length > this.#batchBytesMax) break;
      bytes += length;
      this.#waitingBytes -= sizeOf(delivery);
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      const deliveries = batch.map(({ delivery }) => delivery);
      const duplicates = await this.#writer.commit(deliveries);
      for (const [i, { resolve }] of batch.entries()) {
        resolve({ ok: true, duplicate: duplicates[i] ?? false });
      }
    } catch (error) {
      this.#onFailure(error);
      for (const { resolve } of batch) resolve({ ok: false, reason: "failed" });
    }
  }
}

/** What a waiting delivery takes, so that many small ones cannot take much. */
function sizeOf({ body }: Delivery): number {
  return body.length + 1_024;
}

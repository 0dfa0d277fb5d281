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
   * The most bytes of bodies that wait for their batch.
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
  const { batchBytesMax, waitingBytesMax = 64 << 20, onFailure } = options;
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> | undefined;
  let closed = false;

  async function writeAll(): Promise<void> {
    // The fsync gathers later batches; the first gets what arrived in this turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await writeBatch(takeBatch());
    writing = undefined;
  }

  function takeBatch(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { delivery } of waiting) {
      if (count > 0 && bytes + delivery.body.length > batchBytesMax) break;
      bytes += delivery.body.length;
      count++;
    }
    waitingBytes -= bytes;
    const batch = count === waiting.length ? waiting : waiting.slice(0, count);
    waiting = count === waiting.length ? [] : waiting.slice(count);
    return batch;
  }

  async function writeBatch(batch: Waiting[]): Promise<void> {
    try {
      const duplicates = await writer.commit(batch.map((w) => w.delivery));
      for (const [i, { resolve }] of batch.entries()) {
        resolve({ ok: true, duplicate: duplicates[i] ?? false });
      }
    } catch (error) {
      onFailure?.(error);
      for (const { resolve } of batch) {
        resolve({ ok: false, reason: "failed" });
      }
    }
  }

  return {
    accept(delivery) {
      if (closed) return Promise.resolve({ ok: false, reason: "failed" });
      if (waitingBytes + delivery.body.length > waitingBytesMax) {
        return Promise.resolve({ ok: false, reason: "overloaded" });
      }
      waitingBytes += delivery.body.length;
      return new Promise((resolve) => {
        waiting.push({ delivery, resolve });
        writing ??= writeAll();
      });
    },
    async probe() {
      try {
        await writer.probe();
        return true;
      } catch (error) {
        onFailure?.(error);
        return false;
      }
    },
    async close() {
      closed = true;
      await writing;
      await writer.close();
    },
  };
}

/**
 * Group commit: what is to be written at about the same time, deliveries and
 * attempts alike, shares one transaction and one fsync. While one batch is being written the next one gathers, so that the slower
 * the disk the larger the batches.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type {
  AcceptResult,
  AttemptRecord,
  CommitInfo,
  Delivery,
  DispatchReader,
  EventReader,
  Requeue,
  Store,
} from "./store.ts";

/** A delivery, and where it goes next. */
export interface Acceptance {
  readonly delivery: Delivery;
  readonly destinations: readonly string[];
}

/** What is written together. */
export interface Batch {
  readonly acceptances: readonly Acceptance[];
  readonly records: readonly AttemptRecord[];
  readonly requeues: readonly Requeue[];
}

/** Writes batches, one at a time. */
export interface BatchWriter {
  /**
   * Makes a batch durable, all of it or none.
   *
   * @returns For each delivery whether it was a duplicate.
   * @throws When nothing of the batch was stored.
   */
  commit(batch: Batch): Promise<readonly boolean[]>;
  /** Writes and commits something of an event's size. */
  probe(): Promise<void>;
  /** As {@linkcode Store.announce}. */
  announce(localUrl: string | null): Promise<void>;
  openReader(): EventReader;
  openDispatchReader(): DispatchReader;
  close(): Promise<void>;
}

/** Options of {@linkcode groupCommit}. */
export interface GroupCommitOptions {
  /** The most bytes of bodies in one batch; a single larger body goes alone. */
  batchBytesMax: number;
  /**
   * The most bytes of deliveries that wait: bodies, and 1024 for each. What else
   * waits is bounded by who asks for it.
   *
   * @default {67108864}
   */
  waitingBytesMax?: number;
  /** Told of every failure of the writer. */
  onFailure?: (error: unknown) => void;
  /** Told of every batch that is durable. */
  onCommit?: (info: CommitInfo) => void;
}

/** Called with whether the write is durable, and was a duplicate. */
type Settle = (isDurable: boolean, duplicate: boolean) => void;

type Waiting =
  & { settle: Settle }
  & (
    | { kind: "accept"; acceptance: Acceptance }
    | { kind: "record"; record: AttemptRecord }
    | { kind: "requeue"; requeue: Requeue }
  );

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
  readonly #onCommit: (info: CommitInfo) => void;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(writer: BatchWriter, options: GroupCommitOptions) {
    this.#writer = writer;
    this.#batchBytesMax = options.batchBytesMax;
    this.#waitingBytesMax = options.waitingBytesMax ?? 64 << 20;
    this.#onFailure = options.onFailure ?? (() => {});
    this.#onCommit = options.onCommit ?? (() => {});
  }

  accept(
    delivery: Delivery,
    destinations: readonly string[] = [],
  ): Promise<AcceptResult> {
    const length = sizeOf(delivery);
    if (this.#closing) return Promise.resolve({ ok: false, reason: "failed" });
    if (this.#waitingBytes + length > this.#waitingBytesMax) {
      return Promise.resolve({ ok: false, reason: "overloaded" });
    }
    this.#waitingBytes += length;
    return new Promise((resolve) => {
      const acceptance = { delivery, destinations };
      const settle: Settle = (isDurable, duplicate) =>
        resolve(
          isDurable ? { ok: true, duplicate } : { ok: false, reason: "failed" },
        );
      this.#add({ kind: "accept", acceptance, settle });
    });
  }

  record(record: AttemptRecord): Promise<boolean> {
    if (this.#closing) return Promise.resolve(false);
    return new Promise((settle) =>
      this.#add({ kind: "record", record, settle })
    );
  }

  requeue(requeue: Requeue): Promise<boolean> {
    if (this.#closing) return Promise.resolve(false);
    return new Promise((settle) =>
      this.#add({ kind: "requeue", requeue, settle })
    );
  }

  probe(): Promise<boolean> {
    return this.#try(() => this.#writer.probe());
  }

  announce(localUrl: string | null): Promise<boolean> {
    return this.#try(() => this.#writer.announce(localUrl));
  }

  openReader(): EventReader {
    return this.#writer.openReader();
  }

  openDispatchReader(): DispatchReader {
    return this.#writer.openDispatchReader();
  }

  close(): Promise<void> {
    return this.#closing ??= this.#finish();
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#writing ??= this.#writeAll();
  }

  async #try(write: () => Promise<void>): Promise<boolean> {
    if (this.#closing) return false;
    try {
      await write();
      return true;
    } catch (error) {
      this.#onFailure(error);
      return false;
    }
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
    for (const waiting of this.#waiting) {
      if (waiting.kind === "accept") {
        const { delivery } = waiting.acceptance;
        const { length } = delivery.body;
        if (count > 0 && bytes + length > this.#batchBytesMax) break;
        bytes += length;
        this.#waitingBytes -= sizeOf(delivery);
      }
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(waiting: readonly Waiting[]): Promise<void> {
    const startMs = performance.now();
    try {
      const duplicates = await this.#writer.commit(toBatch(waiting));
      let accepted = 0;
      for (const { kind, settle } of waiting) {
        const isAccept = kind === "accept";
        settle(true, isAccept && (duplicates[accepted++] ?? false));
      }
      const durationMs = performance.now() - startMs;
      this.#onCommit({ durationMs, size: waiting.length });
    } catch (error) {
      this.#onFailure(error);
      for (const { settle } of waiting) settle(false, false);
    }
  }
}

function toBatch(waiting: readonly Waiting[]): Batch {
  const acceptances: Acceptance[] = [];
  const records: AttemptRecord[] = [];
  const requeues: Requeue[] = [];
  for (const one of waiting) {
    if (one.kind === "accept") acceptances.push(one.acceptance);
    else if (one.kind === "record") records.push(one.record);
    else requeues.push(one.requeue);
  }
  return { acceptances, records, requeues };
}

/** What a waiting delivery takes, so that many small ones cannot take much. */
function sizeOf({ body }: Delivery): number {
  return body.length + 1_024;
}

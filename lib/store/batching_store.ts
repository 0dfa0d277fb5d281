// The part of a store that is the same in every adapter: deliveries and requeues are
// written in batches, all else one by one, and commits are told to listeners.

import { GroupCommit } from "./group_commit.ts";
import {
  bytesOf,
  changeOf,
  type InboxResult,
  type InboxWrite,
} from "./inbox_write.ts";
import type {
  AcceptResult,
  Delivery,
  Requeue,
  StoreChange,
  StoreOptions,
} from "./store.ts";

/** Bodies of one batch; larger ones only if a single body is. */
const BATCH_BYTES = 4 << 20;

/** The errors of an adapter. */
export interface StoreErrors {
  /** Reports a failed write. */
  readonly report: (error: unknown) => void;
  /** Returns whether a single value was the cause, so that others can be written. */
  readonly isFaultOfValue: (error: unknown) => boolean;
}

/** The writer of an adapter. */
export interface Inbox {
  /** Makes a batch durable; throws if nothing of it was stored. */
  commit(batch: readonly InboxWrite[]): Promise<InboxResult[]>;
}

/** The receiving side of a store, whatever its adapter. */
export abstract class BatchingStore {
  readonly #commits: GroupCommit<InboxWrite, InboxResult>;
  readonly #report: (error: unknown) => void;
  readonly #listeners: ((change: StoreChange) => void)[] = [];
  /** Writes outside of batches. */
  readonly #pending = new Set<Promise<void>>();
  #closing: Promise<boolean> | undefined;

  constructor(
    { bodyBytesMax, onCommit }: StoreOptions,
    { report, isFaultOfValue }: StoreErrors,
  ) {
    this.#report = report;
    this.#commits = new GroupCommit({
      commit: (batch) => this.#commit(batch),
      bytesOf,
      batchBytesMax: Math.max(BATCH_BYTES, bodyBytesMax),
      isFaultOfWrite: isFaultOfValue,
      onFailure: report,
      onCommit,
    });
  }

  protected abstract readonly inbox: Inbox;

  /** Closes files and connections, once all is written; see `Store.close()`. */
  protected abstract end(): Promise<boolean>;

  async accept(
    delivery: Delivery,
    destinations: readonly string[] = [],
  ): Promise<AcceptResult> {
    const outcome = await this.#commits.add({ delivery, destinations });
    return outcome.ok
      ? outcome.result ?? { ok: false, reason: "failed" }
      : outcome;
  }

  async requeue(requeue: Requeue): Promise<boolean> {
    const { ok } = await this.#commits.add({ requeue });
    return ok;
  }

  onChange(listener: (change: StoreChange) => void): void {
    this.#listeners.push(listener);
  }

  close(): Promise<boolean> {
    return this.#closing ??= this.#close();
  }

  /** True once nothing more is written. */
  protected get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Tells listeners of a commit that made dispatches pending. */
  protected tell(change: StoreChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Writes something outside of batches. Resolves to whether that is durable. */
  protected async try(write: () => Promise<void>): Promise<boolean> {
    if (this.#closing) return false;
    const written = write();
    this.#pending.add(written);
    try {
      await written;
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    } finally {
      this.#pending.delete(written);
    }
  }

  async #commit(batch: readonly InboxWrite[]): Promise<InboxResult[]> {
    const results = await this.inbox.commit(batch);
    const change = changeOf(batch);
    if (change) this.tell(change);
    return results;
  }

  async #close(): Promise<boolean> {
    await this.#commits.close();
    await Promise.allSettled(this.#pending);
    return await this.end();
  }
}

/**
 * Retention, part of the contract of every store: see `store.ts`. Payloads are erased
 * once their time is over; what stays is a tombstone, as after every erasure.
 *
 * - **In small transactions.** Receiving waits for one of them at most.
 * - **Never what is needed.** An event that has become unfinished is passed over, and so is
 *   one that is on hold.
 * - **For good, as every erasure.** The log of erasures has a chunk of events before the
 *   first of them is erased: whatever happens then, all of it is, by the next start, the
 *   next erasure or the next hold at the latest.
 *
 * @module
 */

/** An event that has a payload. */
export interface KeptEvent {
  readonly seq: number;
  readonly id: string;
  readonly name: string;
  readonly objectId: string | null;
  readonly receivedAtMs: number;
  /** True if a dispatch is pending or dead. */
  readonly isUnfinished: boolean;
}

/** An event whose payload is to be erased. */
export type ExpiredEvent = Omit<KeptEvent, "receivedAtMs">;

/** A chunk to erase. */
export interface Expiry {
  /** Those on hold are passed over, and those that have become unfinished. */
  readonly events: readonly ExpiredEvent[];
  readonly erasedAtMs: number;
  /**
   * Records what is about to be erased. If it rejects, nothing is.
   *
   * @param seqs The events that are not passed over, and not erased before.
   * @param number The number of entries that the log of erasures has with this one.
   */
  readonly record: (seqs: readonly number[], number: number) => Promise<void>;
  /**
   * Leaves time to all others.
   *
   * @param spentMs The duration of the last transaction.
   */
  readonly pause: (spentMs: number) => Promise<void>;
}

/** The progress that is to be remembered. */
export interface RetentionProgress {
  /** See {@linkcode RetentionReader.retention}. */
  readonly state: string;
  /** Events that are passed over, by `seq`. */
  readonly passedOver?: readonly number[];
}

/** The reading side of retention. Its methods reject with a `StoreError`. */
export interface RetentionReader {
  /** Reads the state that was last remembered; null if none was. */
  retention(): Promise<string | null>;
  /**
   * Lists events with a payload, in order of arrival.
   *
   * @param page With `isPassedOver`, only those that were passed over.
   */
  kept(page: {
    readonly afterSeq: number;
    readonly limit: number;
    readonly isPassedOver?: boolean;
  }): Promise<readonly KeptEvent[]>;
}

/** The writing side of retention. Its methods never reject. */
export interface RetentionStore {
  /**
   * Resolves to whether this process may erase what is over its time for the next
   * minutes: where several share a store, one of them may.
   */
  leaseRetention(): Promise<boolean>;
  /**
   * Erases payloads, and the links and data keys of objects that have no payload any more.
   *
   * @returns The events that are erased, by `seq`; null if it failed: what is in the log
   * then is erased later.
   */
  expire(expiry: Expiry): Promise<readonly number[] | null>;
  /** Remembers what was done. Resolves to whether that is durable. */
  saveRetention(progress: RetentionProgress): Promise<boolean>;
  /**
   * Overwrites what is left of erased and replaced payloads in the files of the store, and
   * gives their space to later events. Resolves to whether that is done.
   *
   * @param signal Ends it early; what is left is done the next time.
   */
  reclaim(signal?: AbortSignal): Promise<boolean>;
}

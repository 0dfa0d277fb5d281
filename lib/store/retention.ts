/**
 * Retention, part of the contract of every store: see `store.ts`. Payloads are erased
 * once their time is over; what stays is a tombstone, as after every erasure.
 *
 * - **In small batches.** Receiving waits for one of them at most.
 * - **Never what is needed.** In the transaction that erases, an event that has become
 *   unfinished is passed over, and so is one that is on hold.
 * - **Resumable.** A chunk of events is noted before it is begun, and again is no harm.
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
export interface ExpiredEvent
  extends Pick<KeptEvent, "seq" | "id" | "name" | "objectId" | "isUnfinished"> {
}

/** A batch to erase. */
export interface Expiry {
  /** Those on hold are passed over, and those that have become unfinished. */
  readonly events: readonly ExpiredEvent[];
  readonly erasedAtMs: number;
}

/** The progress that is to be remembered. */
export interface RetentionProgress {
  /** See {@linkcode RetentionReader.retention}. */
  readonly state: string;
  /** Events of a chunk that is done: those that still have a payload are passed over. */
  readonly done?: readonly ExpiredEvent[];
  /** More events that are passed over, by `seq`. */
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
  /** Erases payloads. Resolves to whether that is durable. */
  expire(expiry: Expiry): Promise<boolean>;
  /**
   * Remembers what was done, and removes the links, and the data keys, of objects that
   * have no payload any more. Resolves to whether that is durable.
   */
  saveRetention(progress: RetentionProgress): Promise<boolean>;
  /**
   * Overwrites what is left of erased payloads in the files of the store, and gives their
   * space to later events. Resolves to whether that is done.
   *
   * @param signal Ends it early; what is left is done the next time.
   */
  reclaim(signal?: AbortSignal): Promise<boolean>;
}

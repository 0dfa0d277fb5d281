/**
 * The dispatching side of the contract of every store: see `store.ts`.
 *
 * @module
 */

import type { Dispatch } from "../destinations/destination.ts";
import type { ClientOptions } from "./client_options.ts";
import type { UnreadableReason } from "./unreadable.ts";

/** The lane position of events without a valid created-at: last. */
export const UNDATED_MS = Number.MAX_SAFE_INTEGER;

/**
 * The status of a dispatch; `ignored`: no event handler of the destination matches;
 * `erased`: the payload was erased before it was delivered.
 */
export type DispatchStatus = "pending" | "done" | "dead" | "ignored" | "erased";

/**
 * The worst status of an event's dispatches; `none` without any, or when all are ignored;
 * `erased` if its payload is.
 */
export type EventStatus = Exclude<DispatchStatus, "ignored"> | "none";

/** The status that an attempt can leave. */
export type AttemptedStatus = Exclude<DispatchStatus, "erased">;

/** One event × one destination. */
export interface DispatchKey {
  readonly seq: number;
  readonly destination: string;
}

/** A pending dispatch. */
export interface PendingDispatch {
  readonly seq: number;
  /** Its lane; null if the event has no object. */
  readonly objectId: string | null;
  /** Its position in the lane: created-at, or {@linkcode UNDATED_MS} without one. */
  readonly orderMs: number;
  readonly dueAtMs: number;
  /** The time at which `dueAtMs` was set: the last attempt's end, or the receipt. */
  readonly plannedAtMs: number;
  /** The number of attempts, including replays. */
  readonly attempts: number;
  /** The failures that count against the destination's `attemptsMax`. */
  readonly failures: number;
  /** The number of replays. */
  readonly replays: number;
}

/** A dispatch with all that an attempt needs and the store knows. */
export interface LoadedDispatch extends Omit<Dispatch, "attempt" | "isLatest"> {
  /** Present when the body could not be read and is empty: it must not be sent. */
  readonly unreadable?: UnreadableReason;
}

/** An attempt of a dispatch. */
export interface Attempt {
  /** Counted from 1, over restarts and replays. */
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** `ok`, `ignored`, or the reason of the failure. */
  readonly outcome: string;
  /** HTTP status or exit code. */
  readonly code: number | null;
  /** The shortened response or output. May contain personal data. */
  readonly output: string;
}

/** The facts of a past attempt that say something about its destination. */
export interface PastAttempt extends Pick<Attempt, "outcome" | "code"> {
  readonly seq: number;
  readonly endedAtMs: number;
}

/**
 * An attempt and the new state of its dispatch, which is ignored if the dispatch was
 * replayed meanwhile.
 */
export interface AttemptRecord
  extends DispatchKey, Attempt, Pick<PendingDispatch, "objectId" | "orderMs"> {
  /** The number of replays when the attempt started. */
  readonly replays: number;
  readonly status: AttemptedStatus;
  /** The next attempt; meaningless unless pending. */
  readonly dueAtMs: number;
  readonly failures: number;
  /** {@linkcode Outboxes.keyGeneration} before the key of its output was found. */
  readonly keyGeneration?: number;
}

/** A destination that dispatches nothing until it is resumed. */
export interface Pause {
  readonly destination: string;
  readonly sinceMs: number;
}

/** Options of {@linkcode Store.openOutboxes}. */
export type OutboxesOptions = ClientOptions;

/** Options of {@linkcode Outboxes.open}. */
export interface OutboxOptions {
  /** The longest time that an attempt may take. */
  readonly attemptMsMax: number;
  /**
   * Called when dispatches moved from or to another process: what was read before is to
   * be read again.
   */
  readonly onMoved?: () => void;
}

/** The dispatching side of a store. */
export interface Outboxes {
  /**
   * Another number each time that keys may have been retired or destroyed: an attempt
   * with another one is not stored, and to be tried again.
   */
  readonly keyGeneration: number;
  /**
   * Opens this process's outbox of a destination. Where several processes share a
   * store, each has a share of the destination's lanes; shares move when one comes or
   * goes.
   *
   * @throws {StoreError} If the store cannot be read.
   */
  open(destination: string, options: OutboxOptions): Promise<Outbox>;
  /**
   * Counts pending dispatches by destination, those of removed ones too.
   *
   * @throws {StoreError} If the store cannot be read.
   */
  pendingCounts(): Promise<ReadonlyMap<string, number>>;
  /**
   * Lists paused destinations by name.
   *
   * @throws {StoreError} If the store cannot be read.
   */
  pauses(): Promise<readonly Pause[]>;
  /** Finishes pending writes, and closes all outboxes. */
  close(): Promise<void>;
}

/** One process's pending dispatches to a destination. Reads reject with a `StoreError`. */
export interface Outbox {
  /**
   * Lists this process's pending dispatches in order of arrival. `seq` follows the order
   * of commits: a smaller one than those read never appears later, unless it was requeued
   * or moved.
   */
  pending(
    page: { readonly afterSeq: number; readonly limit: number },
  ): Promise<readonly PendingDispatch[]>;
  /** Loads a dispatch; undefined if it is not pending, or another process's now. */
  load(dispatch: PendingDispatch): Promise<LoadedDispatch | undefined>;
  /**
   * Returns whether an attempt that begins at once will be over before another process
   * may begin one of the same lane.
   */
  canBegin(dispatch: PendingDispatch): boolean;
  /**
   * Stores an attempt, unless its dispatch is gone or another process's now. Resolves
   * to false if that must be tried again; never rejects.
   */
  record(record: AttemptRecord): Promise<boolean>;
  /** The last attempts, of all processes, if recent; oldest first. */
  lastAttempts(): Promise<readonly PastAttempt[]>;
  /** Leaves its dispatches to other processes; no attempt may be running. */
  close(): Promise<void>;
}

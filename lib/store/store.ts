/**
 * The contract of every store.
 *
 * - **Durable.** `accept()` returns `ok` only if the event would survive the
 *   loss of this process and of the machine's power; so does `record()`.
 * - **Once.** An event id is stored once; later copies only count as duplicates.
 * - **Exact.** Bodies are kept byte for byte.
 * - **Whole.** An event is stored with all of its dispatches, or not at all, and an
 *   attempt with what it means for its dispatch.
 * - **Numbered.** An attempt that is recorded again with its number replaces the first
 *   record.
 * - **Ordered.** `seq` follows the order of commits, whoever commits.
 * - **Honest.** When it cannot store it says so, takes nothing on trust, and works
 *   again as soon as the cause is gone. A failed sync is no such cause: it is fatal.
 *
 * The store is the hub: {@linkcode Store} receives and {@linkcode Outboxes} dispatch,
 * each with a connection and a group commit of its own.
 *
 * Times are milliseconds since the Unix epoch. `seq` is the order of arrival of
 * events, and with the name of a destination it identifies a dispatch.
 *
 * @module
 */

import type { DeliveryHeaders } from "../persona/delivery_headers.ts";
import type { Envelope } from "../persona/envelope.ts";
import type { EventFilter, IdPrefix } from "./event_filter.ts";

/** The lane position of events without a valid created-at: last. */
export const UNDATED_MS = Number.MAX_SAFE_INTEGER;

/** A delivery that can be stored. */
export interface Delivery extends Envelope, DeliveryHeaders {
  readonly receivedAtMs: number;
  /** Identifies the secret; null if unsigned. */
  readonly secretFingerprint: string | null;
  readonly contentType: string | null;
  /** The raw body; must not be modified. */
  readonly body: Uint8Array;
}

/** The result of storing a delivery. */
export type AcceptResult =
  | {
    readonly ok: true;
    /** True if the event was stored before. */
    readonly duplicate: boolean;
    /** Present if it was, with a different body. */
    readonly differs?: true;
  }
  | {
    readonly ok: false;
    /** `overloaded`: too many deliveries wait; `failed`: the store fails. */
    readonly reason: "overloaded" | "failed";
  };

/** The status of a dispatch; `ignored`: no event handler of the destination matches. */
export type DispatchStatus = "pending" | "done" | "dead" | "ignored";

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

/** A dispatch with all that an attempt needs. */
export interface LoadedDispatch {
  readonly eventId: string;
  readonly eventName: string;
  readonly objectId: string | null;
  readonly contentType: string | null;
  /** Persona's count of its attempts at the delivery. */
  readonly delivery: DeliveryHeaders;
  readonly body: Uint8Array<ArrayBuffer>;
  /** True if a newer event of the same object was already delivered there. */
  readonly isStale: boolean;
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

/** A past attempt, as far as it says something about the destination. */
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
  readonly status: DispatchStatus;
  /** The next attempt; meaningless unless pending. */
  readonly dueAtMs: number;
  readonly failures: number;
}

/** Dispatches to be sent again. */
export interface Requeue {
  readonly keys: readonly DispatchKey[];
  readonly dueAtMs: number;
  /**
   * Skips dispatches that are done or do not exist yet. A running attempt then still
   * decides about its dispatch.
   *
   * @default {false}
   */
  readonly onlyUnfinished?: boolean;
}

/** A durable batch. */
export interface CommitInfo {
  /** The time from starting the batch until it was durable. */
  readonly durationMs: number;
  /** The number of deliveries, attempts and requeues. */
  readonly size: number;
}

/** A commit that made dispatches pending. */
export interface StoreChange {
  /**
   * The first event of which a dispatch was made pending again, by `seq`; absent when
   * only new events came, which follow all that was read before.
   */
  readonly fromSeq?: number;
}

/** Opens the outboxes of an open store in another thread; can be posted to it. */
export interface StoreTicket {
  readonly url: string;
  /** Shared by the clients of one process. */
  readonly shared: SharedArrayBuffer;
}

/** The receiving side of a store: it accepts deliveries and makes dispatches pending. */
export interface Store {
  /**
   * Stores a delivery and a dispatch, due at once, for each destination; resolves
   * only once all that is durable. Never rejects.
   *
   * @param delivery The delivery.
   * @param destinations Names; a duplicate is not dispatched again.
   */
  accept(
    delivery: Delivery,
    destinations?: readonly string[],
  ): Promise<AcceptResult>;
  /** Makes dispatches pending, new ones too. Resolves to whether that is durable. */
  requeue(requeue: Requeue): Promise<boolean>;
  /**
   * Writes and removes something. Resolves to whether `accept()` would succeed now and
   * the store keeps up with what it has accepted.
   */
  probe(): Promise<boolean>;
  /**
   * Publishes the URL of this process's local listener to other processes. Resolves to
   * whether it is stored.
   *
   * @param localUrl The URL; null if there is none.
   */
  publishLocalUrl(localUrl: string | null): Promise<boolean>;
  /**
   * Opens a reader that blocks nothing else, however much it reads.
   *
   * @throws {StoreError} When it cannot be opened.
   */
  openReader(): EventReader;
  /**
   * Opens the dispatching side in this thread.
   *
   * @throws {StoreError} When it cannot be opened.
   */
  openOutboxes(options?: OutboxesOptions): Outboxes;
  /** For `openOutboxes()` in another thread; null if only this thread can. */
  readonly ticket: StoreTicket | null;
  /** Durable bytes that are still in a log. */
  readonly logBytes: number;
  /** Calls back after every commit that made dispatches pending. */
  onChange(listener: (change: StoreChange) => void): void;
  /**
   * Finishes pending writes and closes the files. Resolves to false if the store is
   * damaged: then it stays open, and the process must end without closing it.
   */
  close(): Promise<boolean>;
}

/** Listeners of a client of the store. */
export interface ClientOptions {
  /** Called after every failed write. */
  readonly onFailure?: (fault: StoreFault) => void;
  /**
   * Called once when a sync failed: nothing is written from then on. The process must
   * end without closing the store, and the next start recovers what is durable.
   */
  readonly onFatal?: (fault: StoreFault) => void;
  /** Called after every durable batch. */
  readonly onCommit?: (info: CommitInfo) => void;
}

/** Options of a store. */
export interface StoreOptions extends ClientOptions {
  /** The largest possible body. */
  readonly bodyBytesMax: number;
  /** Called when checkpoints begin to fail; with null once they work again. */
  readonly onLogFault?: (fault: StoreFault | null) => void;
}

/** A failure, and how to fix it. */
export interface StoreFault {
  readonly message: string;
  readonly hint: string;
}

/** Options of {@linkcode Store.openOutboxes}. */
export type OutboxesOptions = ClientOptions;

/** The dispatching side of a store. */
export interface Outboxes {
  /**
   * Opens the outbox of a destination, which one process holds at a time; waits until it
   * is free.
   *
   * @param destination Its name.
   * @param signal Ends the waiting, which then rejects.
   * @throws {StoreError} When the store cannot be read.
   */
  open(destination: string, signal: AbortSignal): Promise<Outbox>;
  /**
   * Counts pending dispatches by destination, those of removed ones too.
   *
   * @throws {StoreError} When the store cannot be read.
   */
  pendingCounts(): Promise<ReadonlyMap<string, number>>;
  /** Finishes pending writes; all outboxes must be closed. */
  close(): Promise<void>;
}

/** The pending dispatches of one destination. Reads reject with a `StoreError`. */
export interface Outbox {
  /**
   * Pending dispatches in order of arrival. `seq` follows the order of commits: who
   * has read up to one never finds a smaller one later, unless it was requeued.
   */
  pending(
    page: { readonly afterSeq: number; readonly limit: number },
  ): Promise<readonly PendingDispatch[]>;
  /** Loads a pending dispatch; undefined if there is none. */
  load(dispatch: PendingDispatch): Promise<LoadedDispatch | undefined>;
  /** Stores an attempt. Resolves to true if it is durable; never rejects. */
  record(record: AttemptRecord): Promise<boolean>;
  /** The last attempts, if recent; oldest first. */
  lastAttempts(): Promise<readonly PastAttempt[]>;
  /** Aborted when another process may hold the outbox. */
  readonly lost: AbortSignal;
  /** Releases it for other processes. */
  close(): void;
}

/** The worst status of an event's dispatches; `none` without any, or when all are ignored. */
export type EventStatus = Exclude<DispatchStatus, "ignored"> | "none";

/** An event in a list. */
export interface EventRow extends Envelope, DeliveryHeaders {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly secretFingerprint: string | null;
  /** The number of duplicates. */
  readonly duplicates: number;
  /** The number of duplicates with a different body. */
  readonly duplicatesDiffering: number;
  readonly status: EventStatus;
}

/** The state of a dispatch. */
export interface DispatchState {
  readonly destination: string;
  readonly status: DispatchStatus;
  /** Its due time; null unless pending. */
  readonly dueAtMs: number | null;
}

/** A dispatch with its attempts. */
export interface DispatchRow extends DispatchState {
  readonly attempts: readonly Attempt[];
}

/** An event with its body and its dispatches. */
export interface StoredEvent {
  readonly row: EventRow;
  readonly contentType: string | null;
  readonly body: Uint8Array;
  readonly dispatches: readonly DispatchRow[];
}

/** An attempt in the order of recording. */
export interface AttemptRow extends DispatchKey, Attempt {
  /** The position in the order of recording. */
  readonly attemptSeq: number;
  readonly eventId: string;
  readonly eventName: string;
  /** The current status of the dispatch. */
  readonly status: DispatchStatus;
}

/** New events and attempts after a position. */
export interface News {
  readonly events: readonly EventRow[];
  readonly attempts: readonly AttemptRow[];
}

/** A position in the order of events and attempts. */
export interface Cursor {
  readonly seq: number;
  readonly attemptSeq: number;
}

/** The unfinished dispatches of a destination. */
export interface DestinationTotals {
  readonly destination: string;
  readonly pending: number;
  readonly dead: number;
  /**
   * When the first pending one came due, or will. Beyond 1000 pending ones only those
   * that arrived first are looked at, so that it may be earlier than this says.
   */
  readonly oldestDueAtMs: number | null;
}

/** The totals of a store. */
export interface Totals {
  readonly events: number;
  /** Destinations with unfinished dispatches, including removed ones. */
  readonly destinations: readonly DestinationTotals[];
}

/** A reader beside a running store. Its methods reject with a `StoreError`. */
export interface EventReader {
  /** Lists matching events, latest arrival first. */
  list(filter: EventFilter): Promise<readonly EventRow[]>;
  /** Returns an event with its body and dispatches. */
  get(id: string): Promise<StoredEvent | undefined>;
  idsWithPrefix(query: IdPrefix): Promise<readonly string[]>;
  /** Returns the dispatches of events, by `seq`. */
  dispatches(
    seqs: readonly number[],
  ): Promise<ReadonlyMap<number, readonly DispatchState[]>>;
  /** Returns the position after all that is stored. */
  end(): Promise<Cursor>;
  /**
   * Returns what follows a position, oldest first, at most `limit` of each kind; without
   * unfinished attempts.
   */
  news(after: Cursor, limit: number): Promise<News>;
  /** Returns totals, at a cost that grows with unfinished dispatches, not with the store. */
  totals(): Promise<Totals>;
  close(): void;
}

/** The extent of a replay. */
export interface ReplayResult {
  readonly events: number;
  readonly dispatches: number;
  /** Dispatches by destination, in the order of the settings; without zeros. */
  readonly destinations: Readonly<Record<string, number>>;
  /** Requested ids that are not in the store. */
  readonly unknownIds: readonly string[];
}

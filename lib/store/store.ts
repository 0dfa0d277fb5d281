/**
 * The contract of every store.
 *
 * - **Durable.** `accept()` answers `ok` only when the event would survive the
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

/** The place in a lane of events whose created-at is missing or unreadable: last. */
export const UNDATED_MS = Number.MAX_SAFE_INTEGER;

/** A delivery that is fit to be stored. */
export interface Delivery extends Envelope, DeliveryHeaders {
  readonly receivedAtMs: number;
  /** Tells the configured secrets apart; null when nothing was signed. */
  readonly secretFingerprint: string | null;
  readonly contentType: string | null;
  /** The raw body; left unchanged from here on. */
  readonly body: Uint8Array;
}

/** What came of storing a delivery. */
export type AcceptResult =
  | {
    readonly ok: true;
    /** Whether the event was there before. */
    readonly duplicate: boolean;
    /** Present when it was, with another body. */
    readonly differs?: true;
  }
  | {
    readonly ok: false;
    /** `overloaded`: too many deliveries wait; `failed`: the store is in trouble. */
    readonly reason: "overloaded" | "failed";
  };

/** How far a dispatch has come; `ignored`: no event handler of the destination is for it. */
export type DispatchStatus = "pending" | "done" | "dead" | "ignored";

/** One event × one destination. */
export interface DispatchKey {
  readonly seq: number;
  readonly destination: string;
}

/** A dispatch that is still to be done. */
export interface PendingDispatch {
  readonly seq: number;
  /** Its lane; null when the event is about no object. */
  readonly objectId: string | null;
  /** Its place in the lane: created-at, or {@linkcode UNDATED_MS} without one. */
  readonly orderMs: number;
  readonly dueAtMs: number;
  /** When `dueAtMs` was decided: at the end of the last attempt, or at the receipt. */
  readonly plannedAtMs: number;
  /** How often it was tried, replays included. */
  readonly attempts: number;
  /** How many of these count against the destination's `attemptsMax`. */
  readonly failures: number;
  /** How often it was made pending again. */
  readonly replays: number;
}

/** All that an attempt needs. */
export interface LoadedDispatch {
  readonly eventId: string;
  readonly eventName: string;
  readonly objectId: string | null;
  readonly contentType: string | null;
  /** Persona's count of its attempts at the delivery. */
  readonly delivery: DeliveryHeaders;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether a newer event of the same object was already delivered there. */
  readonly isStale: boolean;
}

/** One try of a dispatch. */
export interface Attempt {
  /** Counted from 1, over restarts and replays. */
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** `ok`, `ignored`, or why it failed. */
  readonly outcome: string;
  /** HTTP status or exit code. */
  readonly code: number | null;
  /** What the other side said, shortened. May hold personal data. */
  readonly output: string;
}

/** What came of an attempt, as far as it tells of the destination. */
export interface PastAttempt extends Pick<Attempt, "outcome" | "code"> {
  readonly seq: number;
  readonly endedAtMs: number;
}

/**
 * An attempt, and what it means for its dispatch; nothing, when that was replayed
 * meanwhile: then it stays as the replay made it.
 */
export interface AttemptRecord
  extends DispatchKey, Attempt, Pick<PendingDispatch, "objectId" | "orderMs"> {
  /** As often as it was replayed when the attempt began. */
  readonly replays: number;
  readonly status: DispatchStatus;
  /** When to try again; means nothing unless pending. */
  readonly dueAtMs: number;
  readonly failures: number;
}

/** Dispatches that are to go out again. */
export interface Requeue {
  readonly keys: readonly DispatchKey[];
  readonly dueAtMs: number;
  /**
   * Whether dispatches that are done, or do not exist yet, are left alone. An attempt
   * in flight then still decides what becomes of its dispatch.
   *
   * @default {false}
   */
  readonly onlyUnfinished?: boolean;
}

/** What was made durable together. */
export interface CommitInfo {
  /** From handing the batch over to its being durable. */
  readonly durationMs: number;
  /** How many deliveries, attempts and requeues. */
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

/** The receiving side of a store: takes deliveries in and makes dispatches pending. */
export interface Store {
  /**
   * Stores a delivery and a dispatch, due at once, for each destination; resolves
   * only once all that is durable. Never rejects.
   *
   * @param delivery What came in.
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
   * Tells other processes where the local listener of this one is. Resolves to whether
   * that is stored.
   *
   * @param localUrl Its URL; null when there is none.
   */
  publishLocalUrl(localUrl: string | null): Promise<boolean>;
  /**
   * Opens a reader that holds up nobody, however much it reads.
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
  /** For `openOutboxes()` in another thread; null when only this thread can. */
  readonly ticket: StoreTicket | null;
  /** Bytes that are durable but not yet where they belong, such as in a log. */
  readonly logBytes: number;
  /** Calls back after every commit that made dispatches pending. */
  onChange(listener: (change: StoreChange) => void): void;
  /**
   * Finishes what was begun and lets go of the files. Resolves to whether it could: one
   * that is damaged stays open, and the process must end without closing it.
   */
  close(): Promise<boolean>;
}

/** Who hears of what a client of the store does. */
export interface ClientOptions {
  /** Told of every failure to write. */
  readonly onFailure?: (fault: StoreFault) => void;
  /**
   * Told once when a sync failed: nothing is written from then on. The process must
   * end without closing the store, and the next start recovers what is durable.
   */
  readonly onFatal?: (fault: StoreFault) => void;
  /** Told of every batch that is durable. */
  readonly onCommit?: (info: CommitInfo) => void;
}

/** Options of a store. */
export interface StoreOptions extends ClientOptions {
  /** The largest body that can come. */
  readonly bodyBytesMax: number;
  /** Told when the log can no longer be moved where it belongs; null once it can. */
  readonly onLogFault?: (fault: StoreFault | null) => void;
}

/** A failure, and what to do about it. */
export interface StoreFault {
  readonly message: string;
  readonly hint: string;
}

/** Options of {@linkcode Store.openOutboxes}. */
export type OutboxesOptions = ClientOptions;

/** The dispatching side of a store. */
export interface Outboxes {
  /**
   * Takes the outbox of a destination, which one process holds at a time; waits until
   * it is free.
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
  /** Finishes what was begun; no outbox is used any more. */
  close(): Promise<void>;
}

/** What is to be dispatched to one destination. Reads reject with a `StoreError`. */
export interface Outbox {
  /**
   * Pending dispatches in order of arrival. `seq` follows the order of commits: who
   * has read up to one never finds a smaller one later, unless it was requeued.
   */
  pending(
    page: { readonly afterSeq: number; readonly limit: number },
  ): Promise<readonly PendingDispatch[]>;
  /** Reads what an attempt needs; nothing if there is no such pending dispatch. */
  load(dispatch: PendingDispatch): Promise<LoadedDispatch | undefined>;
  /** Stores an attempt. Resolves to whether it is durable; never rejects. */
  record(record: AttemptRecord): Promise<boolean>;
  /** What came of the last attempts, if they were lately; the oldest first. */
  lastAttempts(): Promise<readonly PastAttempt[]>;
  /** Aborted when another process may hold the outbox. */
  readonly lost: AbortSignal;
  /** Lets another process have it. */
  close(): void;
}

/** The worst status of an event's dispatches; `none` without any, or when all are ignored. */
export type EventStatus = Exclude<DispatchStatus, "ignored"> | "none";

/** An event as it is listed. */
export interface EventRow extends Envelope, DeliveryHeaders {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly secretFingerprint: string | null;
  /** Copies that came after the first. */
  readonly duplicates: number;
  /** Those of them whose body differed from the first. */
  readonly duplicatesDiffering: number;
  readonly status: EventStatus;
}

/** How a dispatch stands. */
export interface DispatchState {
  readonly destination: string;
  readonly status: DispatchStatus;
  /** When it is due; null unless pending. */
  readonly dueAtMs: number | null;
}

/** A dispatch as it is shown. */
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

/** An attempt as it is followed. */
export interface AttemptRow extends DispatchKey, Attempt {
  /** In which order attempts were recorded. */
  readonly attemptSeq: number;
  readonly eventId: string;
  readonly eventName: string;
  /** How the dispatch stands now. */
  readonly status: DispatchStatus;
}

/** What came in after a place in the order of arrival. */
export interface News {
  readonly events: readonly EventRow[];
  readonly attempts: readonly AttemptRow[];
}

/** A place from which to follow. */
export interface Cursor {
  readonly seq: number;
  readonly attemptSeq: number;
}

/** What is unfinished at a destination. */
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

/** How much there is. */
export interface Totals {
  readonly events: number;
  /** By name, those of removed destinations too; only where something is unfinished. */
  readonly destinations: readonly DestinationTotals[];
}

/** Looks events up; works beside a running store. Its methods reject with a `StoreError`. */
export interface EventReader {
  /** Events that match, the latest arrival first. */
  list(filter: EventFilter): Promise<readonly EventRow[]>;
  /** One event and what was received. */
  get(id: string): Promise<StoredEvent | undefined>;
  idsWithPrefix(query: IdPrefix): Promise<readonly string[]>;
  /** How the dispatches of events stand, by `seq`. */
  dispatches(
    seqs: readonly number[],
  ): Promise<ReadonlyMap<number, readonly DispatchState[]>>;
  /** The place after all that is stored now. */
  end(): Promise<Cursor>;
  /**
   * What came after a place, the oldest first, at most `limit` of each kind; without
   * attempts that have only begun.
   */
  news(after: Cursor, limit: number): Promise<News>;
  /** Counts, at a cost that grows with what is unfinished and not with what is stored. */
  totals(): Promise<Totals>;
  close(): void;
}

/** The extent of a replay. */
export interface ReplayResult {
  readonly events: number;
  readonly dispatches: number;
  /** Dispatches by destination, in the order of the settings; none that has none. */
  readonly destinations: Readonly<Record<string, number>>;
  /** Of the ids asked for, those that are not in the store. */
  readonly unknownIds: readonly string[];
}

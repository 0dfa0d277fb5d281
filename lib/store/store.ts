/**
 * What a store promises, whatever keeps it.
 *
 * - **Durable.** `accept()` answers `ok` only when the event would survive the
 *   loss of this process and of the machine's power; so does `record()`.
 * - **Once.** An event id is stored once; later copies only count as duplicates.
 * - **Exact.** Bodies are kept byte for byte.
 * - **Whole.** An event is stored with all of its dispatches, or not at all, and an
 *   attempt with what it means for its dispatch.
 * - **Numbered.** An attempt that is recorded again with its number replaces the first
 *   record.
 * - **Honest.** When it cannot store it says so, takes nothing on trust, and works
 *   again as soon as the cause is gone.
 *
 * Times are milliseconds since the Unix epoch. `seq` is the order of arrival of
 * events, and with the name of a destination it identifies a dispatch.
 *
 * @module
 */

import type { DeliveryHeaders } from "../persona/delivery_headers.ts";
import type { Envelope } from "../persona/envelope.ts";

/** The name under which signed JSON that is no event envelope is kept. */
export const UNRECOGNIZED = "unrecognized";

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
  /** Its place in the lane: created-at, or when it was received without one. */
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
  /** Whether a newer event of the same object is done there; see {@linkcode DispatchReader.load}. */
  readonly isStale: boolean;
}

/** That a destination has an event of an object, up to which place in its lane. */
export interface Delivered {
  readonly objectId: string;
  readonly orderMs: number;
  readonly seq: number;
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
export interface AttemptRecord extends DispatchKey, Attempt {
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

/** Takes deliveries in, and keeps account of their dispatches. */
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
  /** Stores an attempt. Resolves to whether it is durable; never rejects. */
  record(record: AttemptRecord): Promise<boolean>;
  /** Makes dispatches pending, new ones too. Resolves to whether that is durable. */
  requeue(requeue: Requeue): Promise<boolean>;
  /** Tells whether `accept()` would succeed now, by writing something. */
  probe(): Promise<boolean>;
  /**
   * Leaves word where the process that holds the store can be spoken to. Resolves to
   * whether it is stored.
   *
   * @param localUrl The URL of its local listener; null when there is none.
   */
  announce(localUrl: string | null): Promise<boolean>;
  /**
   * Looks into the store, on a connection of its own where there can be several.
   *
   * @throws {StoreError} When it cannot be opened.
   */
  openReader(): EventReader;
  /**
   * Reads what is to be dispatched, likewise.
   *
   * @throws {StoreError} When it cannot be opened.
   */
  openDispatchReader(): DispatchReader;
  /** Finishes what was begun and lets go of the files. */
  close(): Promise<void>;
}

/** Reads what is to be dispatched. Its methods reject with a `StoreError`. */
export interface DispatchReader {
  /** Pending dispatches of a destination in order of arrival. */
  pending(
    destination: string,
    page: { afterSeq: number; limit: number },
  ): Promise<readonly PendingDispatch[]>;
  /**
   * Reads what an attempt needs; nothing if there is no such dispatch. Whether it is
   * stale is told from older events only: what {@linkcode recentlyDelivered} names,
   * and what was delivered since, the caller has to remember.
   *
   * @param key The dispatch.
   * @param orderMs Its place in the lane.
   */
  load(key: DispatchKey, orderMs: number): Promise<LoadedDispatch | undefined>;
  /** What is done at a destination and too young for {@linkcode load} to know. */
  recentlyDelivered(destination: string): Promise<readonly Delivered[]>;
  /** What came of the last attempts at a destination, if they were lately; the oldest first. */
  lastAttempts(destination: string): Promise<readonly PastAttempt[]>;
  /** Counts pending dispatches by destination, those of removed ones too. */
  pendingCounts(): Promise<ReadonlyMap<string, number>>;
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

/** Which events to list; all given conditions must hold. */
export interface EventFilter {
  readonly ids?: readonly string[];
  /** Globs, one of which the event's name must match. */
  readonly names?: readonly string[];
  readonly objectId?: string;
  readonly status?: EventStatus;
  readonly receivedSinceMs?: number;
  readonly receivedUntilMs?: number;
  /** Only events that arrived before this one. */
  readonly beforeSeq?: number;
  readonly limit: number;
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
  /** How the dispatches of events stand, by `seq`. */
  dispatches(
    seqs: readonly number[],
  ): Promise<ReadonlyMap<number, readonly DispatchState[]>>;
  /** What the last process to hold the store announced. */
  localUrl(): Promise<string | null>;
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

/** The events to replay; all given conditions must hold. */
export interface ReplayRequest extends
  Pick<
    EventFilter,
    "ids" | "names" | "objectId" | "receivedSinceMs" | "receivedUntilMs"
  > {
  /** Only events with a dead letter, and without `isAgain` only their dead letters. */
  readonly isDead?: boolean;
  /**
   * Whether events also go where they succeeded, and to every destination that
   * subscribes to them now; otherwise only pending and dead dispatches go out.
   */
  readonly isAgain?: boolean;
  /** Only to this destination. */
  readonly destination?: string;
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

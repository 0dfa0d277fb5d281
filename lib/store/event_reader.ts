/**
 * The reading side of the contract of every store: see `store.ts`.
 *
 * @module
 */

import type {
  Attempt,
  DispatchKey,
  DispatchStatus,
  EventStatus,
  Pause,
} from "./outbox.ts";
import type { DeliveryHeaders } from "../persona/delivery_headers.ts";
import type { Envelope } from "../persona/envelope.ts";
import type { ErasureProgress } from "./erasure.ts";
import type { EventFilter, IdPrefix } from "./event_filter.ts";
import type { HoldReader } from "./holds.ts";
import type { LinkReader } from "./links.ts";
import type { RetentionReader } from "./retention.ts";
import type { UnreadableReason } from "./unreadable.ts";

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
  /** The number of attempts, over restarts and replays. */
  readonly attemptCount: number;
}

/** A dispatch with its attempts. */
export interface DispatchRow extends DispatchState {
  readonly attempts: readonly Attempt[];
}

/** An event with its body and its dispatches. */
export interface StoredEvent {
  readonly row: EventRow;
  readonly contentType: string | null;
  /** The headers of the delivery as JSON; null if they were not kept. */
  readonly headers: string | null;
  readonly body: Uint8Array;
  /** Present when the body could not be read and is empty. */
  readonly unreadable?: UnreadableReason;
  readonly dispatches: readonly DispatchRow[];
}

/** An attempt in the order of recording, without its output. */
export interface AttemptRow extends DispatchKey, Omit<Attempt, "output"> {
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
   * The earliest due time among the 1000 pending dispatches that arrived first; null
   * without any.
   */
  readonly oldestDueAtMs: number | null;
  /** The time of receipt of the pending event that arrived first; null without any. */
  readonly oldestReceivedAtMs: number | null;
  /** The same of the dead event that arrived first. */
  readonly oldestDeadReceivedAtMs: number | null;
}

/** The totals of a store. */
export interface Totals {
  readonly events: number;
  /** The size of the store's tables and indexes, free space in them included. */
  readonly bytes: number;
  /** Destinations with unfinished dispatches, including removed ones. */
  readonly destinations: readonly DestinationTotals[];
}

/** A reader beside a running store. Its methods reject with a `StoreError`. */
export interface EventReader extends LinkReader, HoldReader, RetentionReader {
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
  /** Lists paused destinations by name. */
  pauses(): Promise<readonly Pause[]>;
  /** The id of the key store that sealed payloads need; null if the store has none. */
  keyStoreId(): Promise<string | null>;
  /**
   * The id of an event that has a sealed payload, the newest one if there are several
   * among the first or the last 10,000: what was stored before there were keys is sealed
   * from the first one on.
   */
  newestSealed(): Promise<string | undefined>;
  /**
   * Returns those ids of which all that is stored is erased: of events, and of objects by
   * their events, beside those that tell of a redaction.
   */
  erasedAmong(ids: readonly string[]): Promise<readonly string[]>;
  /** Reads how much of the log of erasures is carried out. */
  erasures(): Promise<ErasureProgress>;
  close(): void;
}

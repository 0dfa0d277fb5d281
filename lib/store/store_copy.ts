/**
 * Copying of a store to another one, part of the contract of every store: see
 * `store.ts`.
 *
 * Positions stay as they are, so that order, cursors and numbers of attempts mean the
 * same in the copy. What can be made again from events (indexes, links) is not copied,
 * and neither is what belongs to processes (leases, addresses of listeners).
 *
 * @module
 */

import type { Cursor, EventRow } from "./event_reader.ts";
import type {
  Attempt,
  DispatchKey,
  DispatchStatus,
  PendingDispatch,
} from "./outbox.ts";

/** The content of an event, which never changes. */
export interface EventContent extends
  Omit<
    EventRow,
    "seq" | "status" | "duplicates" | "duplicatesDiffering"
  > {
  readonly contentType: string | null;
  readonly headers: string | null;
  readonly body: Uint8Array;
  /** As in a delivery; null without one. */
  readonly digest: Uint8Array | null;
}

/** All that is stored of a dispatch. */
export interface CopiedDispatch
  extends
    Pick<PendingDispatch, "dueAtMs" | "attempts" | "failures" | "replays"> {
  readonly destination: string;
  readonly status: DispatchStatus;
}

/** An attempt with its position in the order of recording. */
export interface CopiedAttempt
  extends Attempt, Pick<DispatchKey, "destination"> {
  readonly attemptSeq: number;
}

/** The state of an event, which changes. */
export interface EventState {
  readonly seq: number;
  readonly duplicates: number;
  readonly duplicatesDiffering: number;
  /** Null unless the payload was erased: then the body is empty. */
  readonly erasedAtMs: number | null;
  /** By destination. */
  readonly dispatches: readonly CopiedDispatch[];
  /** By position. */
  readonly attempts: readonly CopiedAttempt[];
}

/** All that is stored of an event. */
export interface CopiedEvent extends EventState {
  readonly content: EventContent;
}

/** All that is in a store, read beside its servers. Methods reject with a `StoreError`. */
export interface StoreContents {
  /** Returns the position after all that is stored. */
  end(): Promise<Cursor>;
  /** Returns events after a position in order: at least one, if there are any. */
  events(afterSeq: number): Promise<readonly CopiedEvent[]>;
  /** Returns what changes of some events. */
  states(seqs: readonly number[]): Promise<readonly EventState[]>;
  /**
   * Returns in order which events up to a position may have changed: those with an
   * attempt after it, an unfinished dispatch or a duplicate.
   */
  changedSince(position: Cursor): Promise<readonly number[]>;
  /** Returns the rows of further tables. */
  tables(): Promise<CopiedTables>;
  close(): Promise<void>;
}

/** A store that is made as a copy. Until it is finished, no server opens it. */
export interface StoreCopy extends StoreContents {
  /** Stores events that follow all others, or are there. Durable when it resolves. */
  add(events: readonly CopiedEvent[]): Promise<void>;
  /** Replaces what changes of events that are there. */
  update(states: readonly EventState[]): Promise<void>;
  /** Fills further tables, and makes it a store that a server may open. */
  finish(tables: CopiedTables): Promise<void>;
}

/**
 * Further tables that are copied, whole and at the end, as they are small: they have the
 * same columns in every store.
 */
export const COPIED_TABLES: readonly string[] = [
  "pauses",
  "holds",
  "deferred_erasures",
];

/** The rows of {@linkcode COPIED_TABLES}, by table. */
export type CopiedTables = Readonly<
  Record<string, readonly Readonly<Record<string, unknown>>[]>
>;

/** Events read at once. */
export const PAGE_EVENTS = 500;

/** Bytes of bodies read at once; a larger body comes alone. */
export const PAGE_BYTES = 8 << 20;

/**
 * Filters of events, as data.
 *
 * @module
 */

import type { EventStatus } from "./event_reader.ts";

/** Which events to list; all given conditions must hold. */
export interface EventFilter {
  readonly ids?: readonly string[];
  /** Globs; the event's name must match one of them. */
  readonly names?: readonly string[];
  readonly objectId?: string;
  /** Where dispatches of the event go; `status` is then that of the one there. */
  readonly destination?: string;
  readonly status?: EventStatus;
  readonly receivedSinceMs?: number;
  readonly receivedUntilMs?: number;
  /** Only events that arrived before this one. */
  readonly beforeSeq?: number;
  readonly limit: number;
}

/** Which ids to list: those that begin so, in the order of their bytes. */
export interface IdPrefix {
  /** The text that they begin with; an id begins with all of itself. */
  readonly prefix: string;
  /** The things whose ids are meant. */
  readonly of: "event" | "object";
  /** The number of ids that are enough. */
  readonly limit: number;
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
  /** Dispatches by destination, in the order of the settings; without zeros. */
  readonly destinations: Readonly<Record<string, number>>;
  /** Requested ids that are not in the store. */
  readonly unknownIds: readonly string[];
}

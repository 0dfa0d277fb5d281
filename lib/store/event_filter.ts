/**
 * Filters of events, as data.
 *
 * @module
 */

import type { EventStatus } from "./store.ts";

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

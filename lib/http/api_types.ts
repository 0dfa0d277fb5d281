/**
 * What the API of the local listener answers, as types: for those who make the answers
 * and for the page.
 *
 * @module
 */

import type { MinuteTally } from "../monitor/minute_tallies.ts";
import type { Monitor } from "../monitor/monitor.ts";
import type { rejectedFields } from "../monitor/rejected_list.ts";
import type {
  DispatchStatus,
  EventStatus,
  ReplayResult,
} from "../store/store.ts";
import type { DestinationInfo } from "../views/destination_info.ts";
import type {
  attemptFields,
  attemptRowFields,
  dispatchFields,
  eventFields,
} from "../views/event_json.ts";

export type { SignatureShape } from "../monitor/rejected_list.ts";

/** The status of an event or of a dispatch. */
export type Status = EventStatus | DispatchStatus;

/** One event × one destination, as it is listed. */
export type DispatchState = ReturnType<typeof dispatchFields>;

/** An event as it is listed. Events of the stream come without dispatches. */
export type Row = ReturnType<typeof eventFields> & {
  readonly dispatches?: readonly DispatchState[];
};

/** One try of a dispatch. */
export type Attempt = ReturnType<typeof attemptFields>;

/** A dispatch with its attempts. */
export type Dispatch = DispatchState & {
  readonly attempts: readonly Attempt[];
};

/** One event; the page keeps its body as text. */
export type EventDetail = Omit<Row, "dispatches"> & {
  readonly contentType: string | null;
  readonly isRevealed: boolean;
  readonly dispatches: readonly Dispatch[];
};

/** An attempt as the stream tells of it. */
export type StreamAttempt = ReturnType<typeof attemptRowFields>;

/** An object with its events, the oldest first. */
export interface InboxObject {
  readonly id: string;
  readonly type: string | null;
  readonly status: string | null;
  readonly events: readonly Row[];
}

/** A delivery that was refused. */
export type Rejected = ReturnType<typeof rejectedFields>;

/** Where events go next, and how it fares. */
export interface DestinationHealth
  extends Omit<DestinationInfo, "kind" | "order"> {
  /** `removed`: no longer in the settings. */
  readonly kind: DestinationInfo["kind"] | "removed";
  readonly order: DestinationInfo["order"] | null;
  readonly pending: number;
  readonly running: number;
  readonly dead: number;
  readonly pausedUntil: string | null;
}

/** What came and went in a minute. */
export type Minute = Omit<MinuteTally, "atMs"> & { readonly at: string };

/** How the server is doing. */
export interface Stats extends Pick<Monitor, "receiving" | "warnings"> {
  readonly version: string;
  /** The command that starts the program. */
  readonly program: string;
  readonly startedAt: string;
  /** The store as the settings name it. */
  readonly store: string;
  readonly events: number;
  readonly pending: number;
  readonly dead: number;
  readonly destinations: readonly DestinationHealth[];
  readonly minutes: readonly Minute[];
}

/** Where deliveries are received. */
export type Receiving = NonNullable<Stats["receiving"]>;

/** The extent of a replay. */
export interface Replayed extends Omit<ReplayResult, "unknownIds"> {
  readonly success: true;
  readonly message: string;
  readonly unknownIds?: readonly string[];
}

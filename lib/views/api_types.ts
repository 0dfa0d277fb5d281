/**
 * The local listener's JSON responses, for the server, the page and programs.
 *
 * @module
 */

import type { Explanation } from "../explain/explain_signature.ts";
import type { MinuteTally } from "../monitor/minute_tallies.ts";
import type { Monitor } from "../monitor/monitor.ts";
import type { rejectedFields } from "../monitor/rejected_list.ts";
import type { AuditRecord } from "../store/audit.ts";
import type { ReceivedHeader } from "../persona/received_headers.ts";
import type { ReplayResult } from "../store/event_filter.ts";
import type { DispatchStatus, EventStatus } from "../store/outbox.ts";
import type { DestinationInfo } from "./destination_info.ts";
import type { attemptFields, attemptRowFields } from "./event_json.ts";
import type { HoldInfo } from "./hold_info.ts";

export type { AuditRecord };
export type { SignatureShape } from "../monitor/rejected_list.ts";

/** The status of an event or of a dispatch. */
export type Status = EventStatus | DispatchStatus;

/** A dispatch in a list. Times are ISO 8601. */
export interface DispatchState {
  readonly destination: string;
  readonly status: DispatchStatus;
  /** The next attempt; null unless pending. */
  readonly dueAt: string | null;
  /** The number of attempts, over restarts and replays. */
  readonly attemptCount: number;
}

/** An event in a list. Times are ISO 8601. */
export interface Row {
  /** The order of arrival. */
  readonly seq: number;
  readonly id: string;
  readonly name: string;
  readonly objectType: string | null;
  readonly objectId: string | null;
  readonly createdAt: string | null;
  readonly receivedAt: string;
  readonly duplicates: number;
  /** Duplicates with a different body. */
  readonly duplicatesDiffering: number;
  /** The worst status of its dispatches. */
  readonly status: EventStatus;
  readonly signature: "unsigned" | "verified";
  /** Identifies the secret that it was signed with; null if unsigned. */
  readonly secretFingerprint: string | null;
  /** Persona's count of its attempts at the delivery. */
  readonly attemptsMade: number | null;
  readonly attemptsLeft: number | null;
  readonly firstAttemptedAt: string | null;
  /** Absent in the stream. */
  readonly dispatches?: readonly DispatchState[];
}

/** A destination that does not receive an event. */
export interface MissedBy {
  readonly destination: string;
  /** The setting of the destination that the event does not match. */
  readonly because: "events" | "filter";
}

/** A page of a list of events, latest arrival first. */
export interface EventPage {
  readonly events: readonly Row[];
  /** The cursor of the next page; null at the end. */
  readonly cursor: string | null;
  /** Events that may have the reference, too, while an older store is indexed. */
  readonly unsearched?: number;
}

/** An attempt. */
export type Attempt = ReturnType<typeof attemptFields>;

/** A dispatch with its attempts. */
export type Dispatch = DispatchState & {
  readonly attempts: readonly Attempt[];
};

/** One event; the page keeps its body as text. */
export type EventDetail = Omit<Row, "dispatches"> & {
  readonly contentType: string | null;
  /** As received; a value is null where it may be a credential. Null if not kept. */
  readonly headers: readonly ReceivedHeader[] | null;
  readonly isRevealed: boolean;
  /** True if it is revealed but for access tokens in its URLs. */
  readonly areTokensMasked: boolean;
  /** The hold that keeps its object from being erased. */
  readonly holds: readonly HoldInfo[];
  /** Destinations to which it was never dispatched, by the settings of now. */
  readonly missedBy: readonly MissedBy[];
  readonly dispatches: readonly Dispatch[];
};

/** An attempt in the stream. */
export type StreamAttempt = ReturnType<typeof attemptRowFields>;

/** An object with its events, oldest first. */
export interface InboxObject {
  readonly id: string;
  readonly type: string | null;
  readonly status: string | null;
  /** The hold that keeps it from being erased. */
  readonly holds: readonly HoldInfo[];
  readonly events: readonly Row[];
}

/** A rejected delivery. */
export type Rejected = ReturnType<typeof rejectedFields>;

/** A rejected delivery with what is still known of its content. */
export type RejectedDetail = Rejected & {
  /** False once its content gave way to later ones. */
  readonly isKept: boolean;
  readonly isRevealed: boolean;
  /** The signature header; null unless revealed. */
  readonly header: string | null;
  /** The body, masked unless revealed; null if it was not read, or is not kept. */
  readonly body: string | null;
  /** Null if the signature was not the reason. */
  readonly explanation: Explanation | null;
};

/** A destination and its health. */
export interface DestinationHealth
  extends Omit<DestinationInfo, "kind" | "order"> {
  /** `removed`: no longer in the settings. */
  readonly kind: DestinationInfo["kind"] | "removed";
  readonly order: DestinationInfo["order"] | null;
  readonly pending: number;
  readonly running: number;
  readonly dead: number;
  /** The time of the next probe; null if it is not down. */
  readonly pausedUntil: string | null;
  /** The time of the command that paused it; null if it is not paused. */
  readonly pausedSince: string | null;
  /** The earliest time of a pending attempt; null without any. */
  readonly nextAttemptAt: string | null;
  /** The time of receipt of the event that waits longest; null if none does. */
  readonly waitingSince: string | null;
  /** The attempts since the start of the server. */
  readonly sinceStart: {
    /** Attempts of the last hour that succeeded. */
    readonly delivered: number;
    /** Attempts of the last hour that failed. */
    readonly failed: number;
    /** The time of the last one that succeeded; null if none did. */
    readonly lastDeliveredAt: string | null;
    /** The time of the last one that failed; null if none did. */
    readonly lastFailedAt: string | null;
  };
}

/** The counts of one minute. */
export type Minute = Omit<MinuteTally, "atMs"> & { readonly at: string };

/** The state of the server. */
export interface Stats extends Pick<Monitor, "receiving" | "warnings"> {
  readonly version: string;
  /** The command that starts the program. */
  readonly program: string;
  readonly startedAt: string;
  /** The URL of the store. */
  readonly store: string;
  readonly events: number;
  readonly pending: number;
  readonly dead: number;
  readonly destinations: readonly DestinationHealth[];
  readonly minutes: readonly Minute[];
}

/** The listener for deliveries. */
export type Receiving = NonNullable<Stats["receiving"]>;

/** A destination that is paused or resumed now. */
export interface PauseResult {
  readonly success: true;
  readonly message: string;
  readonly destination: string;
  readonly paused: boolean;
}

/** The extent of a replay. */
export interface Replayed extends ReplayResult {
  readonly success: true;
  readonly message: string;
}

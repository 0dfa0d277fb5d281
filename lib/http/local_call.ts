import type { Clock } from "../clock.ts";
import type {
  DestinationActivity,
  DestinationInfo,
} from "../views/destination_info.ts";
import type { SentOnce } from "../views/sent_once.ts";
import type { ReloadResult } from "../views/reload_result.ts";
import type { EraseResult, EraseTarget } from "../views/erase_result.ts";
import type {
  HeldTarget,
  HoldOptions,
  HoldResult,
  ReleaseResult,
} from "../views/hold_info.ts";
import type { Logger } from "../log.ts";
import type { Explanation } from "../explain/explain_signature.ts";
import type {
  RejectedContent,
  RejectedDelivery,
} from "../monitor/rejected_list.ts";
import type { MissedBy } from "../views/api_types.ts";
import type { Monitor } from "../monitor/monitor.ts";
import type { ReplayRequest, ReplayResult } from "../store/event_filter.ts";
import type { Auditor, AuditRecord } from "../store/audit.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { BodyBudget } from "./body_budget.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Client } from "./local_guard.ts";
import { respond } from "./respond.ts";

/** Dependencies of the local listener's routes. */
export interface LocalDeps {
  readonly reader: EventReader;
  /** Replays events, or only counts them. Rejects with a `StoreError`. */
  readonly replay: (
    query: ReplayRequest,
    options: { isDryRun: boolean },
  ) => Promise<ReplayResult>;
  /** Erases what is stored of a person, or only counts. Rejects with an `InboxError`. */
  readonly erase: (
    target: EraseTarget,
    options: { isDryRun: boolean; exceptHeld: boolean; by: string },
  ) => Promise<EraseResult>;
  /** Puts something on hold. Rejects with a `StoreError`. */
  readonly hold: (
    target: HeldTarget,
    options: HoldOptions,
  ) => Promise<HoldResult>;
  /** Ends a hold. Rejects with an `InboxError`. */
  readonly release: (target: HeldTarget, by: string) => Promise<ReleaseResult>;
  /**
   * Pauses a destination, or resumes it; resolves to whether that is durable.
   *
   * @param sinceMs The time; null resumes it.
   */
  readonly setPause: (
    destination: string,
    sinceMs: number | null,
  ) => Promise<boolean>;
  /** Reloads the settings; absent in a program that has its own. */
  readonly requestReload?: () => Promise<ReloadResult>;
  /** Sends an event once to a URL; undefined if there is no such event. */
  readonly sendOnce: (id: string, url: string) => Promise<SentOnce | undefined>;
  /** Lists the destinations that do not receive an event, and why. */
  readonly missedBy: (
    event: { readonly name: string },
    body: Uint8Array,
  ) => readonly MissedBy[];
  /** Signs a body as Persona does; null if there is no secret. */
  readonly sign: (body: Uint8Array) => Promise<string | null>;
  /** Records who did what. */
  readonly audit: Auditor;
  /** The latest records, latest first. */
  readonly auditRecords: () => Promise<readonly AuditRecord[]>;
  /** Explains why the signature of a rejected delivery did not verify. */
  readonly explain: (
    rejected: RejectedDelivery,
    content: RejectedContent,
  ) => Promise<Explanation>;
  /** The activity of destinations; empty while unknown. */
  readonly activities: () => Promise<readonly DestinationActivity[]>;
  /** All configured destinations. */
  readonly destinations: readonly DestinationInfo[];
  readonly monitor: Monitor;
  /** The URL of the store. */
  readonly store: string;
  /** Bytes in the store's log that no checkpoint has moved yet. */
  readonly logBytes: () => number;
  /**
   * Shows payloads unmasked by default.
   *
   * @default {false}
   */
  readonly isRevealing?: boolean;
  /** The time limit for receiving a body. */
  readonly deadlines: Deadlines;
  /** The budget of all bodies. */
  readonly budget: BodyBudget;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A request to one of the routes. */
export interface LocalCall {
  readonly request: Request;
  readonly url: URL;
  readonly requestId: string;
  /** The client that sent it. */
  readonly client: Client;
  /** The value of `:id` in the path; empty if there is none. */
  readonly id: string;
}

/** A handler of a route; may reject with an `InboxError`, which becomes the response. */
export type LocalHandler = (
  call: LocalCall,
  deps: LocalDeps,
) => Response | Promise<Response>;

/** Headers of JSON data. */
export const JSON_HEADERS = {
  "content-type": "application/json; charset=utf-8",
};

/** Responds with JSON data. */
export function respondJson(data: object, status = 200): Response {
  return new Response(JSON.stringify(data), { status, headers: JSON_HEADERS });
}

/** Responds to an invalid request. */
export function respondFaults(
  faults: readonly string[],
  { requestId }: LocalCall,
): Response {
  return respond(400, faults.join("; "), { requestId });
}

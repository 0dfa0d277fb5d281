/**
 * What the routes of the local listener work with.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type {
  DestinationActivity,
  DestinationInfo,
} from "../views/destination_info.ts";
import type { SentOnce } from "../views/sent_once.ts";
import type { Logger } from "../log.ts";
import type { Monitor } from "../monitor/monitor.ts";
import type { ReplayRequest } from "../store/event_filter.ts";
import type { EventReader, ReplayResult } from "../store/store.ts";
import type { BodyBudget } from "./body_budget.ts";
import type { Deadlines } from "./deadlines.ts";
import { respond } from "./respond.ts";

/** What is behind the local listener. */
export interface LocalDeps {
  readonly reader: EventReader;
  /** Replays events, or with `isDryRun` counts them. Rejects with a `StoreError`. */
  readonly replay: (
    query: ReplayRequest,
    options: { isDryRun: boolean },
  ) => Promise<ReplayResult>;
  /** Sends an event once to a URL that is not a destination; undefined without the event. */
  readonly sendOnce: (id: string, url: string) => Promise<SentOnce | undefined>;
  /** How destinations are doing; none while nobody can tell. */
  readonly activities: () => Promise<readonly DestinationActivity[]>;
  /** All destinations events can go to. */
  readonly destinations: readonly DestinationInfo[];
  readonly monitor: Monitor;
  /** The store as the settings name it. */
  readonly store: string;
  /** Bytes that are durable but not yet where they belong. */
  readonly logBytes: () => number;
  /**
   * Whether payloads are shown unmasked without being asked for.
   *
   * @default {false}
   */
  readonly isRevealing?: boolean;
  /** How long a client may take to send a body. */
  readonly deadlines: Deadlines;
  /** The bytes of all bodies that are being read. */
  readonly budget: BodyBudget;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A request to one of the routes. */
export interface LocalCall {
  readonly request: Request;
  readonly url: URL;
  readonly requestId: string;
  /** What stands for `:id` in the path; empty where there is none. */
  readonly id: string;
}

/** Answers a request; may reject with a `StoreError`. */
export type LocalHandler = (
  call: LocalCall,
  deps: LocalDeps,
) => Response | Promise<Response>;

/** Headers of what is not `success` and `message`. */
export const JSON_HEADERS = {
  "content-type": "application/json; charset=utf-8",
};

/**
 * Answers with data.
 *
 * @param data JSON values.
 * @param status The HTTP status.
 * @returns The answer.
 */
export function respondJson(data: object, status = 200): Response {
  return new Response(JSON.stringify(data), { status, headers: JSON_HEADERS });
}

/**
 * Answers a request that makes no sense.
 *
 * @param faults One sentence each.
 * @param call The request.
 * @returns The answer.
 */
export function respondFaults(
  faults: readonly string[],
  { requestId }: LocalCall,
): Response {
  return respond(400, faults.join("; "), { requestId });
}

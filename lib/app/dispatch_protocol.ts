/**
 * What a server and the thread that dispatches for it say to each other.
 *
 * @module
 */

import type {
  ChildEnvironment,
  DestinationConfig,
} from "../destinations/destination_config.ts";
import type { DestinationState } from "../dispatch/destination_loop.ts";
import type { LogEntry } from "../log.ts";
import type { AttemptRecord } from "../store/store.ts";

/** What is dispatched from where to where. */
export interface DispatchPlan {
  /** The SQLite file. */
  readonly storePath: string;
  readonly destinations: readonly DestinationConfig[];
  /** The environment of commands and modules. */
  readonly environment: ChildEnvironment;
  /** Whether modules are loaded anew when they change. */
  readonly isWatching: boolean;
}

/** To the thread. */
export type DispatchRequest =
  | { op: "start"; plan: DispatchPlan }
  | { op: "wake"; fromSeq: number | undefined }
  | { op: "recorded"; results: readonly (readonly [id: number, ok: boolean])[] }
  | { op: "states" }
  | { op: "stop"; timeoutMs: number }
  | { op: "abort" };

/** From the thread. What comes about in one turn travels together. */
export type DispatchReply =
  | {
    op: "turn";
    records: readonly (readonly [id: number, record: AttemptRecord])[];
    entries: readonly LogEntry[];
  }
  | { op: "states"; states: readonly DestinationState[] }
  | { op: "stopped" };

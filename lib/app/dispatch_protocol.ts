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
import type {
  CommitInfo,
  StoreChange,
  StoreFault,
  StoreTicket,
} from "../store/store.ts";

/** What is dispatched from where to where. */
export interface DispatchPlan {
  readonly ticket: StoreTicket;
  readonly destinations: readonly DestinationConfig[];
  /** Marks what is forwarded. */
  readonly inboxId: string;
  /** The environment of commands and modules. */
  readonly environment: ChildEnvironment;
  /** Whether modules are loaded anew when they change. */
  readonly isWatching: boolean;
}

/** One thing that the thread tells unasked. */
export type DispatchNotice =
  | { readonly entry: LogEntry }
  | { readonly commit: CommitInfo }
  | { readonly failure: StoreFault }
  | { readonly fatal: StoreFault };

/** What the thread serves. What comes about in one turn travels together. */
export interface DispatchApi {
  readonly methods: {
    start(plan: DispatchPlan): Promise<void>;
    wake(change: StoreChange): void;
    states(): Promise<readonly DestinationState[]>;
    stop(timeoutMs: number): Promise<void>;
    abort(): void;
  };
  readonly notice: readonly DispatchNotice[];
}

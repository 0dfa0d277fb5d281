import type { DispatchTargets } from "./create_dispatcher.ts";
import type { DestinationState } from "../dispatch/destination_loop.ts";
import type { LogEntry } from "../log.ts";
import type { Sealing } from "./open_sealed.ts";
import type {
  CommitInfo,
  StoreChange,
  StoreFault,
  StoreTicket,
} from "../store/store.ts";

/** The store, the destinations and their circumstances. */
export interface DispatchPlan extends DispatchTargets {
  readonly ticket: StoreTicket;
  /** Null if payloads are not sealed. */
  readonly sealing: Sealing | null;
  /** The id sent with forwarded events. */
  readonly inboxId: string;
  /** Reloads modules when they change. */
  readonly isWatching: boolean;
}

/** A notice of the thread. */
export type DispatchNotice =
  | { readonly entry: LogEntry }
  | { readonly commit: CommitInfo }
  | { readonly failure: StoreFault }
  | { readonly fatal: StoreFault };

/** The API of the thread. Notices of a moment are sent together. */
export interface DispatchApi {
  readonly methods: {
    start(plan: DispatchPlan): Promise<void>;
    reload(targets: DispatchTargets): Promise<void>;
    wake(change: StoreChange): void;
    states(): Promise<readonly DestinationState[]>;
    stop(timeoutMs: number): Promise<void>;
    abort(): void;
  };
  readonly notice: readonly DispatchNotice[];
}

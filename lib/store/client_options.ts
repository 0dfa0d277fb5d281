import type { StoreFault } from "./store_fault.ts";

/** A durable batch. */
export interface CommitInfo {
  /** The time from starting the batch until it was durable. */
  readonly durationMs: number;
  /** The number of deliveries, attempts and requeues. */
  readonly size: number;
}

/** Listeners of a client of the store. */
export interface ClientOptions {
  /** Called after every failed write. */
  readonly onFailure?: (fault: StoreFault) => void;
  /**
   * Called once when the store cannot be trusted any more, as after a failed sync:
   * nothing is written from then on. The process must end without closing the store, and
   * the next start recovers what is durable.
   */
  readonly onFatal?: (fault: StoreFault) => void;
  /** Called after every durable batch. */
  readonly onCommit?: (info: CommitInfo) => void;
}

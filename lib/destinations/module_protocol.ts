/**
 * What a module's worker and its owner say to each other.
 *
 * @module
 */

import type { EarlyEnd } from "./deadline.ts";
import type { AttemptOutcome, Dispatch } from "./destination.ts";

/** Loading may be slow, as a module can do anything then, but not endless. */
export const LOAD_TIMEOUT_MS = 30_000;

/** To the worker. */
export type ModuleRequest =
  /** Comes first. */
  | { readonly op: "load"; readonly url: string }
  | { readonly op: "run"; readonly id: number; readonly dispatch: Dispatch }
  /** The attempt has ended already: its handlers are told so. */
  | { readonly op: "abort"; readonly id: number; readonly reason: EarlyEnd }
  | { readonly op: "ping" };

/** From the worker. */
export type ModuleReply =
  | { readonly op: "loaded" }
  | {
    readonly op: "ended";
    readonly id: number;
    readonly outcome: AttemptOutcome;
  }
  /** The worker is of no more use. */
  | { readonly op: "failed"; readonly output: string }
  | { readonly op: "pong" };

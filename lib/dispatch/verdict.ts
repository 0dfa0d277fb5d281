/**
 * What the outcome of an attempt means for its dispatch.
 *
 * @module
 */

import type { AttemptOutcome } from "../destinations/destination.ts";
import type { DispatchStatus, PendingDispatch } from "../store/store.ts";
import { retryDelayMs } from "./retry_schedule.ts";

/**
 * Names the outcome of an attempt, as it is stored, logged and traced.
 *
 * @param outcome The outcome.
 * @returns `ok`, `ignored`, or why it failed.
 */
export function outcomeName(outcome: AttemptOutcome): string {
  if (!outcome.ok) return outcome.reason;
  return outcome.isIgnored ? "ignored" : "ok";
}

/** How a dispatch stands after an attempt. */
export interface Verdict {
  readonly status: DispatchStatus;
  /** When to try again; means nothing unless pending. */
  readonly dueAtMs: number;
  readonly failures: number;
}

/** What decides beside the outcome. */
export interface VerdictOptions {
  /** Whether a failure counts: that nobody answers where all is down does not. */
  readonly isCounted: boolean;
  readonly attemptsMax: number;
  readonly nowMs: number;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Judges an attempt.
 *
 * @param dispatch How it stood before.
 * @param outcome What came of the attempt.
 * @param options What decides beside.
 * @returns How it stands now.
 */
export function judge(
  { failures }: Pick<PendingDispatch, "failures">,
  outcome: AttemptOutcome,
  { isCounted, attemptsMax, nowMs, random }: VerdictOptions,
): Verdict {
  if (outcome.ok) {
    const status = outcome.isIgnored ? "ignored" : "done";
    return { status, dueAtMs: nowMs, failures };
  }
  const { retryAfterMs } = outcome;
  const delayMs = retryDelayMs(failures + 1, { retryAfterMs, random });
  const counted = failures + (isCounted ? 1 : 0);
  return {
    status: counted >= attemptsMax ? "dead" : "pending",
    dueAtMs: nowMs + delayMs,
    failures: counted,
  };
}

import type { AttemptOutcome } from "../destinations/destination.ts";
import type { AttemptRecord, PendingDispatch } from "../store/outbox.ts";
import { retryDelayMs } from "./retry_schedule.ts";

/**
 * Names the outcome of an attempt, as it is stored, logged and traced.
 *
 * @returns `ok`, `ignored`, or why it failed.
 */
export function outcomeName(outcome: AttemptOutcome): string {
  if (!outcome.ok) return outcome.reason;
  return outcome.isIgnored ? "ignored" : "ok";
}

/** The state of a dispatch after an attempt. */
export type Verdict = Pick<AttemptRecord, "status" | "dueAtMs" | "failures">;

/** Options of {@linkcode judge}. */
export interface VerdictOptions {
  /** True if a failure counts: silence during an outage does not. */
  readonly isCounted: boolean;
  readonly attemptsMax: number;
  readonly nowMs: number;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** Judges an attempt. */
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

/**
 * Attempts that may be the end of the inbox itself: those of code that it runs. Their
 * begin is made durable as a failure, which their end replaces, so that an event that
 * ends the inbox each time runs out of attempts.
 *
 * @module
 */

import type { AttemptOutcome } from "../destinations/destination.ts";
import type { AttemptRecord, PendingDispatch } from "../store/store.ts";
import { judge } from "./verdict.ts";

/** What decides about such an attempt beside its dispatch. */
export interface UnfinishedOptions {
  /** Name of the destination. */
  readonly destination: string;
  readonly attemptsMax: number;
  readonly nowMs: number;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

const UNFINISHED: AttemptOutcome = {
  ok: false,
  reason: "unfinished",
  code: null,
  output: "",
};

/**
 * Tells whether a dispatch may be what ended the process before this one. What came
 * since the start is not, and costs no write: should it end this process, it is here
 * at the next start.
 *
 * @param dispatch The dispatch.
 * @param startedAtMs When this process began to dispatch.
 * @returns Whether the begin of its attempt must be durable.
 */
export function isSuspect(
  { attempts, dueAtMs }: PendingDispatch,
  startedAtMs: number,
): boolean {
  return attempts > 0 || dueAtMs < startedAtMs;
}

/**
 * Makes the record of an attempt that begins.
 *
 * @param dispatch The dispatch.
 * @param options What decides beside it.
 * @returns What holds if the inbox ends before the attempt does.
 */
export function unfinishedAttempt(
  dispatch: PendingDispatch,
  options: UnfinishedOptions,
): AttemptRecord {
  return {
    ...recordOf(dispatch, options),
    outcome: "unfinished",
    ...judge(dispatch, UNFINISHED, { ...options, isCounted: true }),
  };
}

/**
 * Makes the record of an attempt that was broken off as the inbox stops, which does
 * not count.
 *
 * @param dispatch The dispatch.
 * @param options What decides beside it.
 * @returns What replaces the record of its begin.
 */
export function abortedAttempt(
  dispatch: PendingDispatch,
  options: UnfinishedOptions,
): AttemptRecord {
  const { dueAtMs, failures } = dispatch;
  return {
    ...recordOf(dispatch, options),
    outcome: "aborted",
    status: "pending",
    dueAtMs,
    failures,
  };
}

function recordOf(
  { seq, objectId, orderMs, replays, attempts }: PendingDispatch,
  { destination, nowMs }: UnfinishedOptions,
) {
  const number = attempts + 1;
  const key = { seq, objectId, orderMs, destination, replays, number };
  return { ...key, startedAtMs: nowMs, durationMs: 0, code: null, output: "" };
}

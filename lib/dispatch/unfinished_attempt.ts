// Attempts that may crash the inbox itself: those of code that it runs. Each start is
// recorded as a failure, which the result replaces, so that an event that crashes the
// inbox each time runs out of attempts.

import type { AttemptOutcome } from "../destinations/destination.ts";
import type {
  AttemptRecord,
  LoadedDispatch,
  PendingDispatch,
} from "../store/outbox.ts";
import { unreadableText } from "../store/unreadable.ts";
import { judge, type VerdictOptions } from "./verdict.ts";

/** Options for records of unfinished attempts. */
export interface UnfinishedOptions extends Omit<VerdictOptions, "isCounted"> {
  /** Name of the destination. */
  readonly destination: string;
}

const UNFINISHED: AttemptOutcome = {
  ok: false,
  reason: "unfinished",
  code: null,
  output: "",
};

/**
 * Returns whether a dispatch may have crashed the previous process. One received since
 * the start has not, and costs no write: if it crashes this process, it is a suspect at
 * the next start.
 *
 * @param startedAtMs The start of this process's dispatcher.
 * @returns Whether the start of its attempt must be durable.
 */
export function isSuspect(
  { attempts, dueAtMs }: PendingDispatch,
  startedAtMs: number,
): boolean {
  return attempts > 0 || dueAtMs < startedAtMs;
}

/**
 * Creates the record of an attempt that starts.
 *
 * @returns The record that stands if the inbox ends first.
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
 * Creates the record of an attempt that was aborted because the inbox stops, which does
 * not count.
 *
 * @returns The record that replaces the one of its start.
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

/**
 * Creates the record of an attempt that was not made, as the stored body cannot be
 * trusted: it would fail each time.
 */
export function unreadableAttempt(
  dispatch: PendingDispatch,
  { eventId, unreadable }: Required<
    Pick<LoadedDispatch, "eventId" | "unreadable">
  >,
  options: UnfinishedOptions,
): AttemptRecord {
  return {
    ...recordOf(dispatch, options),
    outcome: "unreadable",
    output: unreadableText(eventId, unreadable),
    status: "dead",
    dueAtMs: options.nowMs,
    failures: dispatch.failures + 1,
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

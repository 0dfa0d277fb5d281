/**
 * What is told to people of events and attempts: the log and what follows the store
 * say it in the same words.
 *
 * @module
 */

import { attemptHints } from "./attempt_hints.ts";
import { durationText } from "./duration_text.ts";
import type { PrettyLine } from "./pretty_line.ts";
import { shortId } from "./short_id.ts";

/** An event that came in; no text of it may be obeyed by a terminal. */
export interface ReceivedText {
  readonly eventId: string;
  readonly eventName: string;
  readonly objectType: string | null;
  readonly objectId: string | null;
  readonly signature: "verified" | "unsigned";
  readonly attempt: number | null;
  readonly attemptsMax: number | null;
  readonly duplicate: boolean;
}

/** An attempt; no text of it may be obeyed by a terminal. */
export interface AttemptText {
  readonly eventId: string;
  readonly eventName: string;
  readonly destination: string;
  readonly attempt: number;
  readonly code: number | null;
  readonly durationMs: number;
}

/** The result of an attempt. */
export type AttemptResult =
  | { readonly status: "done"; readonly stale: boolean }
  /** No event handler is for it. */
  | { readonly status: "ignored" }
  | {
    readonly status: "pending";
    readonly reason: string;
    /** Null when it is not known. */
    readonly retryInSeconds: number | null;
  }
  | { readonly status: "dead"; readonly reason: string };

/**
 * Tells of an event that came in.
 *
 * @param event The event.
 * @returns The line.
 */
export function receivedLine(event: ReceivedText): PrettyLine {
  const { eventId, eventName, objectType, objectId } = event;
  const { attempt, attemptsMax, duplicate } = event;
  const isVerified = event.signature === "verified";
  const attempts = attempt === null
    ? ""
    : `attempt ${attempt} of ${attemptsMax ?? "?"}`;
  return {
    mark: isVerified ? "✓" : "!",
    color: isVerified ? "green" : "yellow",
    text: [
      { 0: "received", 5: "" },
      eventName,
      objectType === null || objectId === null ? "" : {
        0: `${objectType} ${objectId}`,
        1: `${objectType} ${shortId(objectId)}`,
        3: shortId(objectId),
        5: "",
      },
      isVerified
        ? { 0: "signature verified", 2: "verified", 4: "" }
        : { 0: "unsigned", 5: "" },
      { 0: attempts, [attempt === 1 ? 2 : 4]: "" },
      duplicate ? { 0: "duplicate", 6: "" } : "",
    ],
    more: [{ 0: eventId, 1: shortId(eventId) }],
  };
}

/**
 * Tells of an attempt. However scarce room is, its event can be told from others.
 *
 * @param attempt The attempt.
 * @param result What came of it.
 * @returns The line, indented under its event; below a failed one what to do.
 */
export function attemptLine(
  attempt: AttemptText,
  result: AttemptResult,
): PrettyLine {
  const { eventId, eventName, destination, code, durationMs } = attempt;
  const number = attempt.attempt;
  const isDone = result.status === "done";
  const isIgnored = result.status === "ignored";
  const isDead = result.status === "dead";
  const withCode = (text: string) => code === null ? text : `${text} ${code}`;
  const isStale = isDone && result.stale;
  const retryInSeconds = result.status === "pending"
    ? result.retryInSeconds
    : null;
  const outcome = isDone
    ? { 0: withCode("delivered"), 6: "delivered" }
    : isIgnored
    ? { 0: "ignored: no event handler is for it", 5: "ignored" }
    : isDead
    ? { 0: withCode(`dead letter: ${result.reason}`), 5: "dead letter" }
    : { 0: withCode(`failed: ${result.reason}`), 5: withCode(result.reason) };
  return {
    mark: isDone ? "  →" : isIgnored ? "  ·" : "  ✗",
    color: isDone ? "green" : isDead ? "red" : "yellow",
    text: [
      { 0: eventName, 2: "" },
      { 0: `to ${destination}`, 5: destination },
      outcome,
      { 0: `${durationMs} ms`, 3: "" },
      number > 1 ? { 0: `attempt ${number}`, 4: "" } : "",
    ],
    more: [
      isStale ? { 0: "stale", 6: "" } : "",
      retryInSeconds === null
        ? ""
        : { 0: `again in ${durationText(retryInSeconds)}`, 6: "" },
      { 0: eventId, 1: shortId(eventId) },
    ],
    hints: isDone || isIgnored
      ? []
      : attemptHints({ eventId, reason: result.reason, code, isDead }),
  };
}

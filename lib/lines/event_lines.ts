// Events and attempts in words, the same in the log and in commands.

import { UNRECOGNIZED } from "../persona/unrecognized.ts";
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
  readonly differs?: true;
  readonly undated?: true;
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

/** Describes a received event. */
export function receivedLine(event: ReceivedText): PrettyLine {
  const { eventId, eventName, objectType, objectId } = event;
  const { attempt, attemptsMax, duplicate } = event;
  const isEvent = eventName !== UNRECOGNIZED;
  const isVerified = event.signature === "verified";
  const attempts = attempt === null
    ? ""
    : `attempt ${attempt} of ${attemptsMax ?? "?"}`;
  return {
    mark: isVerified ? "✓" : "!",
    color: isVerified ? "green" : "yellow",
    text: [
      { text: "received", drop: 4 },
      isEvent
        ? eventName
        : { text: `${eventName}: JSON, but no event`, short: eventName },
      objectType === null || objectId === null ? "" : {
        text: `${objectType} ${objectId}`,
        short: `${objectType} ${shortId(objectId)}`,
        isId: true,
        drop: 3,
      },
      isVerified
        ? { text: "signature verified", short: "verified", drop: 2 }
        : { text: "unsigned", drop: 4 },
      { text: attempts, drop: attempt === 1 ? 1 : 3 },
      duplicate ? { text: "duplicate", drop: 5 } : "",
      event.differs ? { text: "with another body", drop: 5 } : "",
      event.undated && isEvent
        ? { text: "created-at unreadable", short: "undated", drop: 5 }
        : "",
    ],
    more: [{ text: eventId, short: shortId(eventId), isId: true }],
  };
}

/**
 * Describes an attempt. However narrow the line, its event's id stays recognizable.
 *
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
  // An exit code of 0 would read as if nothing was delivered.
  const delivered = code === 0 ? "delivered" : withCode("delivered");
  const isStale = isDone && result.stale;
  const retryInSeconds = result.status === "pending"
    ? result.retryInSeconds
    : null;
  const outcome = isDone
    ? { text: delivered, short: "delivered" }
    : isIgnored
    ? { text: "ignored: no event handler is for it", short: "ignored" }
    : isDead
    ? {
      text: withCode(`dead letter: ${result.reason}`),
      drop: 5,
      rest: "dead letter",
    }
    : {
      text: withCode(`failed: ${result.reason}`),
      short: withCode(result.reason),
    };
  return {
    mark: isDone ? "  →" : isIgnored ? "  ·" : "  ✗",
    color: isDone ? "green" : isDead ? "red" : "yellow",
    text: [
      { text: eventName, drop: 1 },
      { text: `to ${destination}`, drop: 6, rest: destination },
      outcome,
      { text: `${durationMs} ms`, drop: 2 },
      number > 1 ? { text: `attempt ${number}`, drop: 3 } : "",
    ],
    more: [
      isStale ? { text: "stale", drop: 4 } : "",
      retryInSeconds === null
        ? ""
        : { text: `again in ${durationText(retryInSeconds)}`, drop: 4 },
      { text: eventId, short: shortId(eventId), isId: true },
    ],
    hints: isDone || isIgnored
      ? []
      : attemptHints({ eventId, reason: result.reason, code, isDead }),
  };
}

/**
 * Events, dispatches and attempts as JSON: the same on the command line and in the
 * local listener's answers.
 *
 * @module
 */

import { isOwnWords } from "../destinations/destination.ts";
import { isJsonObject, type JsonValue } from "../json/json.ts";
import { maskPayload } from "../persona/mask.ts";
import { setAtPath } from "../json/set_at_path.ts";
import { isUnrecognized } from "../persona/unrecognized.ts";
import type {
  Attempt,
  AttemptRow,
  DispatchRow,
  DispatchState,
  EventRow,
  StoredEvent,
} from "../store/store.ts";

/** How an event is shown. */
export interface ShowOptions {
  /** Whether its body, and what destinations said, are shown as they are. */
  readonly reveal: boolean;
}

/** Stands for a body that cannot be masked. */
const TOO_DEEP =
  "<nested too deeply to be masked: shown with --reveal or reveal=1>";

/** An event as it is listed. */
export function eventFields(row: EventRow) {
  return {
    seq: row.seq,
    id: row.id,
    name: row.name,
    objectType: row.objectType,
    objectId: row.objectId,
    createdAt: isoTime(row.createdAtMs),
    receivedAt: new Date(row.receivedAtMs).toISOString(),
    duplicates: row.duplicates,
    duplicatesDiffering: row.duplicatesDiffering,
    status: row.status,
    signature: row.secretFingerprint === null
      ? "unsigned" as const
      : "verified" as const,
    secretFingerprint: row.secretFingerprint,
    attemptsMade: row.attemptsMade,
    attemptsLeft: row.attemptsLeft,
    firstAttemptedAt: isoTime(row.firstAttemptedAtMs),
  };
}

/** How a dispatch stands. */
export function dispatchFields(state: DispatchState) {
  return {
    destination: state.destination,
    status: state.status,
    dueAt: isoTime(state.dueAtMs),
  };
}

/** One attempt, its output included: see {@linkcode shownDispatches}. */
export function attemptFields(attempt: Attempt) {
  return {
    number: attempt.number,
    startedAt: isoTime(attempt.startedAtMs),
    durationMs: attempt.durationMs,
    outcome: attempt.outcome,
    code: attempt.code,
    output: attempt.output,
  };
}

/** One try as it is followed, without its output. */
export function attemptRowFields(row: AttemptRow) {
  return {
    attemptSeq: row.attemptSeq,
    eventId: row.eventId,
    eventName: row.eventName,
    destination: row.destination,
    number: row.number,
    startedAt: isoTime(row.startedAtMs),
    durationMs: row.durationMs,
    outcome: row.outcome,
    code: row.code,
    status: row.status,
  };
}

/**
 * One event with its body, its dispatches and their attempts, on one line.
 *
 * @param stored The event.
 * @param options How it is shown.
 * @returns JSON; a revealed body stands in it with its digits and escapes.
 */
export function storedEventJson(
  stored: StoredEvent,
  options: ShowOptions,
): string {
  const { row, contentType } = stored;
  const isRevealed = options.reveal;
  const head = JSON.stringify({ ...eventFields(row), contentType, isRevealed });
  // A line break in JSON can only be white space.
  const body = shownBody(stored, options).replace(/[\r\n]+/g, " ");
  const dispatches = JSON.stringify(
    shownDispatches(stored, options).map((dispatch) => ({
      ...dispatchFields(dispatch),
      attempts: dispatch.attempts.map(attemptFields),
    })),
  );
  return `${head.slice(0, -1)},"body":${body},"dispatches":${dispatches}}`;
}

/**
 * The body of an event, masked unless revealed.
 *
 * @param stored The event.
 * @param options How it is shown, and by how many spaces a masked one is indented.
 * @returns JSON; a text that says so where the body is too deep to be masked.
 */
export function shownBody(
  stored: StoredEvent,
  { reveal, indent = 0 }: ShowOptions & { indent?: number },
): string {
  const text = new TextDecoder().decode(stored.body);
  if (reveal) return text;
  try {
    return JSON.stringify(mask(JSON.parse(text), stored.row), null, indent);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // The stack was exhausted.
    return JSON.stringify(TOO_DEEP);
  }
}

/**
 * The dispatches of an event. A destination may repeat what it was sent in any
 * spelling, so that unless revealed only the length of its output is shown.
 */
export function shownDispatches(
  { dispatches }: StoredEvent,
  { reveal }: ShowOptions,
): readonly DispatchRow[] {
  if (reveal) return dispatches;
  return dispatches.map((dispatch) => ({
    ...dispatch,
    attempts: dispatch.attempts.map((attempt) => ({
      ...attempt,
      output: shownOutput(attempt),
    })),
  }));
}

function shownOutput(attempt: Attempt): string {
  const { output } = attempt;
  const isShown = output === "" || isOwnWords(attempt);
  return isShown ? output : `<string ${output.length}>`;
}

/** The envelope's name is no personal data, unlike other values under `name`. */
function mask(body: JsonValue, row: EventRow): JsonValue {
  const masked = maskPayload(body);
  if (!isUnrecognized(row) && isJsonObject(masked)) {
    setAtPath(masked, ["data", "attributes", "name"], row.name);
  }
  return masked;
}

/** Null too for what is no time, such as a header of the sender's may hold. */
function isoTime(ms: number | null): string | null {
  if (ms === null) return null;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

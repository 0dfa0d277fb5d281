// Events, dispatches and attempts as JSON, for the command line and the local listener.

import type { DispatchState as DispatchFields, Row } from "./api_types.ts";
import { isOwnWords } from "../destinations/destination.ts";
import { isoTime } from "../iso_time.ts";
import { isJsonObject, type JsonValue } from "../json/json.ts";
import { isOwnEvent } from "../persona/own_events.ts";
import { readReceivedHeaders } from "../persona/received_headers.ts";
import { maskPayload } from "../persona/mask.ts";
import { maskTokens } from "../persona/mask_tokens.ts";
import { setAtPath } from "../json/set_at_path.ts";
import { isUnrecognized } from "../persona/unrecognized.ts";
import type {
  AttemptRow,
  DispatchRow,
  DispatchState,
  EventRow,
  StoredEvent,
} from "../store/event_reader.ts";
import type { Attempt } from "../store/outbox.ts";
import { unreadableText } from "../store/unreadable.ts";

/** Options for showing an event. */
export interface ShowOptions {
  /** Shows its body and the output of destinations unmasked. */
  readonly reveal: boolean;
  /**
   * Shows the access tokens in their URLs, too.
   *
   * @default {false}
   */
  readonly tokens?: boolean;
}

/** The detail of a reveal in the audit trail. */
export function revealDetail({ tokens = false }: ShowOptions): string | null {
  return tokens ? "with access tokens" : null;
}

/** Shown instead of a body that cannot be masked. */
const TOO_DEEP =
  "<nested too deeply to be masked: shown with --reveal or reveal=1>";

/** The fields of an event in a list. */
export function eventFields(row: EventRow): Row {
  return {
    seq: row.seq,
    id: row.id,
    name: row.name,
    objectType: row.objectType,
    objectId: row.objectId,
    createdAt: isoTimeOrNull(row.createdAtMs),
    receivedAt: isoTime(row.receivedAtMs),
    duplicates: row.duplicates,
    duplicatesDiffering: row.duplicatesDiffering,
    status: row.status,
    signature: row.secretFingerprint === null ? "unsigned" : "verified",
    secretFingerprint: row.secretFingerprint,
    attemptsMade: row.attemptsMade,
    attemptsLeft: row.attemptsLeft,
    firstAttemptedAt: isoTimeOrNull(row.firstAttemptedAtMs),
  };
}

/** The fields of a dispatch in a list. */
export function dispatchFields(state: DispatchState): DispatchFields {
  return {
    destination: state.destination,
    status: state.status,
    dueAt: state.dueAtMs === null ? null : isoTime(state.dueAtMs),
    attemptCount: state.attemptCount,
  };
}

/** The fields of an attempt with its output: see {@linkcode shownDispatches}. */
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

/** The fields of an attempt in a stream, without its output. */
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
 * @param more Members that come before the body.
 * @returns JSON; a revealed body keeps its digits and escapes.
 */
export function storedEventJson(
  stored: StoredEvent,
  options: ShowOptions,
  more: object = {},
): string {
  const { row, contentType } = stored;
  const isRevealed = options.reveal;
  const areTokensMasked = isRevealed && !options.tokens && hasTokens(stored);
  const head = JSON.stringify({
    ...eventFields(row),
    contentType,
    headers: readReceivedHeaders(stored.headers),
    isRevealed,
    areTokensMasked,
    ...more,
  });
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
 * @param options `isRevealed`; the indentation of a masked one.
 * @returns JSON; a string that says so if the body is nested too deeply to be masked.
 */
export function shownBody(
  stored: StoredEvent,
  { reveal, tokens = false, indent = 0 }: ShowOptions & { indent?: number },
): string {
  const { row, unreadable } = stored;
  if (row.status === "erased") return "null";
  if (unreadable) {
    return JSON.stringify(`<${unreadableText(row.id, unreadable)}>`);
  }
  const text = new TextDecoder().decode(stored.body);
  try {
    const body: JsonValue = JSON.parse(text);
    if (!reveal) return JSON.stringify(mask(body, row), null, indent);
    return tokens ? text : maskTokens(text);
  } catch (error) {
    // The stack was exhausted.
    if (error instanceof RangeError) return JSON.stringify(TOO_DEEP);
    // Only JSON is ever stored.
    const changed = `<${unreadableText(row.id, "changed")}>`;
    if (!reveal) return JSON.stringify(changed);
    return JSON.stringify(tokens ? text : maskTokens(text));
  }
}

/**
 * The dispatches of an event. A destination may repeat what it was sent in any
 * spelling, so that unless revealed only the length of its output is shown.
 */
export function shownDispatches(
  { dispatches }: StoredEvent,
  options: ShowOptions,
): readonly DispatchRow[] {
  return dispatches.map((dispatch) => ({
    ...dispatch,
    attempts: dispatch.attempts.map((attempt) => ({
      ...attempt,
      output: shownOutput(attempt, options),
    })),
  }));
}

function shownOutput(
  attempt: Attempt,
  { reveal, tokens = false }: ShowOptions,
): string {
  const { output } = attempt;
  if (reveal) return tokens ? output : maskTokens(output);
  const isShown = output === "" || isOwnWords(attempt);
  return isShown ? output : `<string ${output.length}>`;
}

function hasTokens({ body, dispatches }: StoredEvent): boolean {
  const text = new TextDecoder().decode(body);
  return maskTokens(text) !== text ||
    dispatches.some(({ attempts }) =>
      attempts.some(({ output }) => maskTokens(output) !== output)
    );
}

/** Masks a body, but not the event's name, which is not personal data. */
function mask(body: JsonValue, row: EventRow): JsonValue {
  if (isNews(row)) return body;
  const masked = maskPayload(body);
  if (!isUnrecognized(row) && isJsonObject(masked)) {
    setAtPath(masked, ["data", "attributes", "name"], row.name);
  }
  return masked;
}

/** Returns whether it is the inbox's own news, which hold ids only; Persona signs its own. */
function isNews({ name, id, secretFingerprint }: EventRow): boolean {
  return isOwnEvent(name) && id.startsWith("evt_inbox_") &&
    secretFingerprint === null;
}

/** Returns null for invalid times too, which headers may contain. */
function isoTimeOrNull(ms: number | null): string | null {
  const isTime = ms !== null && !Number.isNaN(new Date(ms).getTime());
  return isTime ? isoTime(ms) : null;
}

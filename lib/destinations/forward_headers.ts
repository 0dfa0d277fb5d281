/**
 * The headers of a forwarded event.
 *
 * @module
 */

import type { Dispatch } from "./destination.ts";

/**
 * Makes the headers of an attempt.
 *
 * @param dispatch What is delivered.
 * @param signature The `persona-signature`; null when nothing is signed.
 * @returns Names and values that `fetch()` takes.
 */
export function forwardHeaders(
  dispatch: Dispatch,
  signature: string | null,
): Record<string, string> {
  const headers: Record<string, string> = {
    "user-agent": "persona-inbox",
    "idempotency-key": headerValue(dispatch.eventId),
    "persona-inbox-attempt": String(dispatch.attempt),
    "persona-inbox-event-name": headerValue(dispatch.eventName),
  };
  if (dispatch.contentType !== null) {
    headers["content-type"] = headerValue(dispatch.contentType);
  }
  if (signature !== null) headers["persona-signature"] = signature;
  if (dispatch.isStale) headers["persona-inbox-stale"] = "true";
  return headers;
}

/** Spaces at the ends would get lost, and two ids be one. */
const HELD_BY_HEADER = /^(?! )[ -~\u00a0-\u00ff]*(?<! )$/;

function headerValue(text: string): string {
  return HELD_BY_HEADER.test(text)
    ? text
    : encodeURIComponent(text.toWellFormed());
}

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
  const { contentType } = dispatch;
  if (contentType !== null) {
    // It came in a header, where `%` is nothing special.
    headers["content-type"] = FITS_HEADER.test(contentType)
      ? contentType
      : headerValue(contentType);
  }
  if (signature !== null) headers["persona-signature"] = signature;
  if (dispatch.isStale) headers["persona-inbox-stale"] = "true";
  return headers;
}

const FITS_HEADER = /^[ -~\u00a0-\u00ff]*$/;

/** Receivers disagree about bytes above ASCII, and drop spaces at either end. */
const ENCODED = /^ | $|[^ -$&-~]/gu;

/** Percent-encodes what a header cannot hold, and `%` itself: no two texts share a value. */
function headerValue(text: string): string {
  return text.toWellFormed().replace(ENCODED, encodeURIComponent);
}

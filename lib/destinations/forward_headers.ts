/**
 * The headers of a forwarded event.
 *
 * @module
 */

import type { DeliveryHeaders } from "../persona/delivery_headers.ts";
import type { Dispatch } from "./destination.ts";

/** Options of {@linkcode forwardHeaders}. */
export interface ForwardHeaderOptions {
  /** The `persona-signature`; null when nothing is signed. */
  readonly signature: string | null;
  /** Headers of the settings, by name in lower case. */
  readonly further: Readonly<Record<string, string>>;
}

/**
 * Makes the headers of an attempt.
 *
 * @param dispatch What is delivered.
 * @param options What does not come from the dispatch.
 * @returns Names and values that `fetch()` takes.
 */
export function forwardHeaders(
  dispatch: Dispatch,
  { signature, further }: ForwardHeaderOptions,
): Record<string, string> {
  const headers: Record<string, string> = {
    ...further,
    ...deliveryHeaders(dispatch.delivery),
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

/** The headers in which Persona counts its attempts, as they were read. */
function deliveryHeaders(delivery: DeliveryHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  const add = (name: string, value: number | null) => {
    if (value !== null) headers[`persona-webhook-${name}`] = String(value);
  };
  const { attemptsMade, attemptsLeft, firstAttemptedAtMs } = delivery;
  add("attempts-made", attemptsMade);
  add("attempts-left", attemptsLeft);
  add("first-attempted-at", firstAttemptedAtMs && firstAttemptedAtMs / 1000);
  return headers;
}

const FITS_HEADER = /^[ -~\u00a0-\u00ff]*$/;

/** Receivers disagree about bytes above ASCII, and drop spaces at either end. */
const ENCODED = /^ | $|[^ -$&-~]/gu;

/** Percent-encodes what a header cannot hold, and `%` itself: no two texts share a value. */
function headerValue(text: string): string {
  return text.toWellFormed().replace(ENCODED, encodeURIComponent);
}

import type { DeliveryHeaders } from "../persona/delivery_headers.ts";
import type { Dispatch } from "./destination.ts";

/** Options of {@linkcode forwardHeaders}. */
export interface ForwardHeaderOptions {
  /** The `persona-signature`; null if unsigned. */
  readonly signature: string | null;
  /** Configured headers, by name in lower case. */
  readonly further: Readonly<Record<string, string>>;
}

/**
 * Creates the headers of an attempt.
 *
 * @returns Names and values for `fetch()`.
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
    // Received in a header, where `%` has no special meaning.
    headers["content-type"] = FITS_HEADER.test(contentType)
      ? contentType
      : headerValue(contentType);
  }
  if (signature !== null) headers["persona-signature"] = signature;
  if (dispatch.isStale) headers["persona-inbox-stale"] = "true";
  return headers;
}

/** Persona's headers about its attempts. */
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

/** Percent-encodes characters that headers cannot hold, and `%`, so that it is unambiguous. */
function headerValue(text: string): string {
  return text.toWellFormed().replace(ENCODED, encodeURIComponent);
}

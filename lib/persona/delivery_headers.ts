/**
 * The headers in which Persona reports its own attempts at a delivery.
 *
 * ```ts
 * import { readDeliveryHeaders } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const headers = new Headers({
 *   "persona-webhook-attempts-made": "2",
 *   "persona-webhook-attempts-left": "6",
 *   "persona-webhook-first-attempted-at": "1708040897",
 * });
 * assertEquals(readDeliveryHeaders(headers), {
 *   attemptsMade: 2,
 *   attemptsLeft: 6,
 *   firstAttemptedAtMs: 1708040897000,
 * });
 * ```
 *
 * @module
 */

/** Persona's count of attempts; null where a header is absent or not a number. */
export interface DeliveryHeaders {
  /** 1 on the first attempt. */
  readonly attemptsMade: number | null;
  /** 7 on the first attempt. */
  readonly attemptsLeft: number | null;
  /** The time of the first attempt, in milliseconds since 1970. */
  readonly firstAttemptedAtMs: number | null;
}

/**
 * Reads the headers in which Persona counts its attempts (Persona docs:
 * Webhooks, retries). The signature does not cover them: they are only hints.
 *
 * @param headers The headers of a delivery.
 * @returns The counts.
 * @example Usage
 * ```ts
 * import { readDeliveryHeaders } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const headers = new Headers({ "persona-webhook-attempts-made": "1e9" });
 * assertEquals(readDeliveryHeaders(headers).attemptsMade, null);
 * ```
 */
export function readDeliveryHeaders(
  headers: { get(name: string): string | null | undefined },
): DeliveryHeaders {
  return {
    attemptsMade: digits(headers.get("persona-webhook-attempts-made")),
    attemptsLeft: digits(headers.get("persona-webhook-attempts-left")),
    firstAttemptedAtMs: digits(
      headers.get("persona-webhook-first-attempted-at"),
      { unit: 1000 },
    ),
  };
}

function digits(
  text: string | null | undefined,
  { unit = 1 } = {},
): number | null {
  if (typeof text !== "string" || !/^[0-9]{1,16}$/.test(text)) return null;
  const value = Number(text) * unit;
  return Number.isSafeInteger(value) ? value : null;
}

/** The longest wait honored. */
const RETRY_AFTER_MS_MAX = 24 * 60 * 60 * 1000;

/** The three forms of an HTTP date (RFC 9110, 5.6.7); all mean GMT. */
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/**
 * Parses the wait that a server asks for.
 *
 * @param header The header's value, null if absent.
 * @param nowMs The current time, for dates.
 * @returns Milliseconds, at most 24 h; null if absent or invalid.
 */
export function readRetryAfter(
  header: string | null,
  nowMs: number,
): number | null {
  if (header === null) return null;
  const waitMs = /^\d+$/.test(header)
    ? Number(header) * 1000
    : HTTP_DATE.test(header)
    ? Date.parse(header.endsWith("GMT") ? header : `${header} GMT`) - nowMs
    : NaN;
  return waitMs >= 0 ? Math.min(waitMs, RETRY_AFTER_MS_MAX) : null;
}

// Spans of time as laws have them: years and months are those of the calendar.

/** A span of time. */
export interface CalendarSpan {
  /** As it was written, such as `5y30d`. */
  readonly text: string;
  readonly months: number;
  readonly days: number;
}

/** Completes "must be". */
export const SPAN_KIND =
  "a span like 90d, 18mo, 5y or 5y30d: years, months, days, in this order";

/** The pattern of a span. */
export const SPAN =
  /^(?=\d)(?:([1-9]\d{0,2})y)?(?:([1-9]\d{0,3})mo)?(?:([1-9]\d{0,4})d)?$/;

const DAY_MS = 86_400_000;

/**
 * Reads a span.
 *
 * @param text Such as `90d`, `18mo` or `5y30d`.
 * @returns The span; undefined if it is none.
 */
export function parseSpan(text: string): CalendarSpan | undefined {
  const parts = SPAN.exec(text);
  if (!parts) return undefined;
  const [years = 0, months = 0, days = 0] = parts.slice(1).map((part) =>
    Number(part ?? 0)
  );
  return { text, months: years * 12 + months, days };
}

/**
 * Returns the end of a span. A month ends with its last day: one after January 31 is the
 * end of February.
 *
 * @param fromMs Its beginning.
 */
export function addSpan(
  fromMs: number,
  { months, days }: Pick<CalendarSpan, "months" | "days">,
): number {
  const date = new Date(fromMs);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  // The month was too short, and the date is in the next one.
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return date.getTime() + days * DAY_MS;
}

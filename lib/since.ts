import { EARLIEST_MS } from "./iso_time.ts";

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Completes "must be". */
export const SINCE_KIND = "like 90s, 30m, 1h, 7d or an ISO time";

/**
 * Reads a point in time.
 *
 * @param text Such as `90s`, `30m`, `1h`, `7d`, or an ISO 8601 date, with or without
 * a time.
 * @param nowMs The time from which durations count back.
 * @returns Milliseconds since the Unix epoch; nothing when it is none of these.
 */
export function parseSince(text: string, nowMs: number): number | undefined {
  const [, number, unit] = /^([0-9]{1,9})([smhd])$/.exec(text) ?? [];
  if (number !== undefined && unit !== undefined) {
    const spanMs = Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
    return Math.max(nowMs - spanMs, EARLIEST_MS);
  }
  const timeMs = Date.parse(text);
  if (!/^[0-9]{4}-/.test(text) || Number.isNaN(timeMs)) return undefined;
  return isDay(text) ? timeMs : undefined;
}

/** `Date.parse()` takes February 30 for March 2. */
function isDay(text: string): boolean {
  const [day] = /^[0-9]{4}-[0-9]{2}-[0-9]{2}/.exec(text) ?? [];
  if (day === undefined) return true;
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}

/** Completes "must be". */
export const UNTIL_KIND = "like 90d, 5y or an ISO time, in the future";

/**
 * Reads a point in the future.
 *
 * @param text Such as `90s`, `30m`, `1h`, `90d`, `5y`, or an ISO 8601 date, with or
 * without a time.
 * @param nowMs The time from which durations count on; years are those of the calendar.
 * @returns Milliseconds since the Unix epoch; nothing when it is none of these.
 */
export function parseUntil(text: string, nowMs: number): number | undefined {
  const timeMs = later(text, nowMs) ?? parseSince(text, nowMs);
  return timeMs !== undefined && timeMs > nowMs && timeMs <= LAST_MS
    ? timeMs
    : undefined;
}

function later(text: string, nowMs: number): number | undefined {
  const [, number, unit] = /^([0-9]{1,9})([smhdy])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  if (unit !== "y") {
    return nowMs + Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
  }
  const now = new Date(nowMs);
  return now.setUTCFullYear(now.getUTCFullYear() + Number(number));
}

/** The end of the last year that is written with four digits. */
const LAST_MS = Date.UTC(10_000, 0) - 1;

/**
 * Returns whether a range ends before it begins, so that nothing can be in it.
 *
 * @param sinceMs Its beginning, if it has one.
 */
export function isInverted(
  sinceMs: number | undefined,
  untilMs: number | undefined,
): boolean {
  return sinceMs !== undefined && untilMs !== undefined && sinceMs > untilMs;
}

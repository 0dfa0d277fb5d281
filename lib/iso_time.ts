/** The first time that is written with four digits for its year, in any zone. */
export const EARLIEST_MS = Date.parse("0001-01-02");

const LATEST_MS = Date.parse("9999-12-30");

/**
 * Writes a time as ISO 8601.
 *
 * @param ms Unix milliseconds; a time before year 1 or after year 9999, as of a changed
 * row, becomes the nearest one in between.
 */
export function isoTime(ms: number): string {
  const nearest = Math.min(Math.max(ms, EARLIEST_MS), LATEST_MS);
  return new Date(nearest).toISOString();
}

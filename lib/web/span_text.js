const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Formats a duration.
 *
 * @param {number} ms The sign is ignored.
 * @returns {string} For example `31 ms`, `1.2 s`, `3 min`.
 */
export function spanText(ms) {
  const span = Math.abs(ms);
  if (span < SECOND) return `${Math.round(span)} ms`;
  if (span < 10 * SECOND) return `${Math.floor(span / 100) / 10} s`;
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < 2 * DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

/**
 * Formats an age. The near future counts as `now`: clocks differ a little.
 *
 * @param {number} ms
 * @returns {string} For example `now`, `12 s`, `3 min`, `in 2 d`.
 */
export function ageText(ms) {
  if (ms <= -10 * SECOND) return countdownText(-ms);
  if (ms < SECOND) return "now";
  return ms < MINUTE ? `${Math.floor(ms / SECOND)} s` : spanText(ms);
}

/**
 * Formats the time left until something.
 *
 * @param {number} ms
 * @returns {string} For example `now`, `in 28 s`.
 */
export function countdownText(ms) {
  return ms < SECOND ? "now" : `in ${ageText(ms)}`;
}

// The schedule of retries: frequent at first, then ever less so, for about two days.
// Each delay has a jitter of 20%, so that what failed together does not return together.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The delay after each failure; the last one repeats. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
  24 * HOUR,
];

/** The largest deviation of a delay, as a fraction of it. */
export const JITTER = 0.2;

/** The shortest `retry-after` honored: less would be a busy loop. */
const RETRY_AFTER_MS_MIN = SECOND;

/** Failures after which it no longer shortens a delay, or attempts would run out soon. */
const SHORTENED_MAX = 3;

/** Options of {@linkcode retryDelayMs}. */
export interface RetryOptions {
  /** The wait that the destination asked for. */
  readonly retryAfterMs?: number | undefined;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Returns the delay after a failure. The wait that the destination asked for overrides
 * the schedule; after a few failures only if it is longer.
 *
 * @param failures The number of failures, at least 1.
 */
export function retryDelayMs(failures: number, options: RetryOptions): number {
  const { retryAfterMs, random } = options;
  if (retryAfterMs !== undefined && failures <= SHORTENED_MAX) {
    return Math.max(retryAfterMs, RETRY_AFTER_MS_MIN);
  }
  const step = Math.min(Math.max(failures, 1), RETRY_DELAYS_MS.length) - 1;
  const delayMs = Math.round((RETRY_DELAYS_MS[step] ?? 0) * spread(random));
  return Math.max(retryAfterMs ?? 0, delayMs);
}

/** Returns a random factor within the jitter. */
export function spread(random: () => number): number {
  return 1 + JITTER * (2 * random() - 1);
}

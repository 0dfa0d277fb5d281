/**
 * When a failed dispatch is tried again: soon at first, then ever more rarely, for
 * about two days. Each delay is spread by a fifth, so that what failed together does
 * not come back together.
 *
 * @module
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** After the first failure, the second one and so on; the last one stands for all later ones. */
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

/** How far a delay may be off, as a share of it. */
export const JITTER = 0.2;

/** Shorter than this nobody may ask us to wait: it would be a loop. */
const RETRY_AFTER_MS_MIN = SECOND;

/** After more failures it cannot shorten the schedule: all would be used up soon. */
const SHORTENED_MAX = 3;

/** What decides about a delay. */
export interface RetryOptions {
  /** How long the other side asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Tells how long to wait after a failure. What the other side asks for goes before
 * the schedule; later on only if it is longer.
 *
 * @param failures How many failures there were, at least 1.
 * @param options Jitter, and what was asked for.
 * @returns The delay, in milliseconds.
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

/** A factor within the jitter. */
export function spread(random: () => number): number {
  return 1 + JITTER * (2 * random() - 1);
}

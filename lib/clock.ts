/**
 * The time, injected wherever time decides something, so that tests can own it.
 *
 * @module
 */

/** A source of the present time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

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

/**
 * Calls back once, later.
 *
 * @param callback The task.
 * @param delayMs When, in milliseconds from now.
 * @returns A function that calls it off.
 */
export type SetTimer = (callback: () => void, delayMs: number) => () => void;

/** The machine's own timers. */
export const systemTimer: SetTimer = (callback, delayMs) => {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
};

import { type Clock, systemClock } from "../../clock.ts";

/**
 * Time that has passed since a moment, at least: the monotonic clock stands still while
 * the machine sleeps, and the clock of the day may be set.
 */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #startDayMs: number;

  /** Starts now. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#startMs = performance.now();
    this.#startDayMs = clock.nowMs();
  }

  /** The longer of what both clocks say. */
  get elapsedMs(): number {
    const dayMs = this.#clock.nowMs() - this.#startDayMs;
    return Math.max(performance.now() - this.#startMs, dayMs);
  }
}

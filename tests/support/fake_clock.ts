import type { Clock } from "../../lib/clock.ts";

/** A clock that stands still until it is set. */
export class FakeClock implements Clock {
  #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Moves the time, back too if negative. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

import { assert } from "@std/assert";
import type { SetTimer } from "../../lib/clock.ts";
import { FakeClock } from "./fake_clock.ts";

/** The longest that a real timer can be set to. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** More in one go would never end. */
const CALLS_MAX = 20_000;

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Timers that run when a test moves the time, and the clock with it. */
export class FakeTimers {
  readonly clock: FakeClock;
  readonly #settle: () => Promise<void>;
  readonly #timers = new Set<Timer>();
  /** As with real timers, it does not matter to them when the clock is set. */
  #elapsedMs = 0;

  /**
   * @param nowMs What the clock shows at first.
   * @param settle Lets everything happen that can happen without more time.
   */
  constructor(nowMs: number, settle: () => Promise<void>) {
    this.clock = new FakeClock(nowMs);
    this.#settle = settle;
  }

  readonly setTimer: SetTimer = (callback, delayMs) => {
    assert(delayMs >= 0 && delayMs <= DELAY_MS_MAX, `a timer of ${delayMs} ms`);
    const timer = { dueMs: this.#elapsedMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** How many are set. */
  get count(): number {
    return this.#timers.size;
  }

  /** Runs what is due until then, in order, each at its time. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await this.#settle();
    for (let calls = 0; calls < CALLS_MAX; calls++) {
      const timer = this.#next(endMs);
      this.#moveTo(timer?.dueMs ?? endMs);
      if (!timer) return;
      this.#timers.delete(timer);
      timer.callback();
      await this.#settle();
    }
    throw new Error(`There was no end of timers in ${ms} ms`);
  }

  /** Forgets all of them, as the end of a process does. */
  clear(): void {
    this.#timers.clear();
  }

  #next(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs < (next?.dueMs ?? Infinity)) next = timer;
    }
    return next && next.dueMs <= endMs ? next : undefined;
  }

  #moveTo(elapsedMs: number): void {
    this.clock.advance(elapsedMs - this.#elapsedMs);
    this.#elapsedMs = elapsedMs;
  }
}

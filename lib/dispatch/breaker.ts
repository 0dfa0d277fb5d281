/**
 * Leaves a destination alone while it is down: while nobody answers there. Without
 * it an outage would use up an attempt of every dispatch that comes due. Who answers
 * that he failed is not down: then each dispatch has its own schedule.
 *
 * - **closed**: all attempts are allowed. Those after many in a row that nobody
 *   answered do not count against their dispatches any more.
 * - **open**: none is, until the pause is over.
 * - **half-open**: one at a time, to find out. An answer closes, none opens again
 *   for twice as long, and does not count against the dispatch.
 *
 * @module
 */

import type { AttemptFault } from "../destinations/destination.ts";
import type { Attempt, PastAttempt } from "../store/store.ts";
import { spread } from "./retry_schedule.ts";

/** So many attempts in a row have to remain unanswered … */
const FAILURES_MIN = 10;

/** … of so many dispatches: a handler may hang on one event and work on others … */
const DISPATCHES_MIN = 3;

/** … over at least so long: at full speed a few failures in a row are mere chance. */
const FAILING_MS_MIN = 250;

const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 30_000;

/** What tells that nobody is there, rather than somebody who says no. */
const SILENCE: ReadonlySet<string> = new Set<AttemptFault>([
  "unreachable",
  "unresolved",
  "untrusted",
  "broken-off",
  "timeout",
  "not-started",
]);

/** What a proxy answers in the place of a server that is not there. */
const PROXY_CODES: readonly (number | null)[] = [502, 503, 504];

/** Whether an attempt was answered, if only by a refusal. */
export function isAnswer(
  { outcome, code }: Pick<Attempt, "outcome" | "code">,
): boolean {
  return !SILENCE.has(outcome) &&
    !(outcome === "status" && PROXY_CODES.includes(code));
}

/** An attempt that nobody answered. */
export interface UnansweredAttempt {
  /** Of the dispatch. */
  readonly seq: number;
  readonly nowMs: number;
  readonly isProbe: boolean;
}

/** What is allowed. */
export type Permission = "all" | "probe" | "none";

/** The breaker of one destination. */
export class Breaker {
  readonly #random: () => number;
  #failuresInARow = 0;
  #failingSinceMs = 0;
  /** Some of the dispatches that failed in a row. */
  readonly #failed = new Set<number>();
  #pauseMs = 0;
  /** Null while closed. */
  #openUntilMs: number | null = null;
  readonly #isLocal: boolean;
  #isProbing = false;

  /**
   * @param random From 0 up to but not including 1.
   * @param options Whether it is code that we run ourselves: then its silence is an
   * answer, or events on which it ends or loops would never become dead letters.
   */
  constructor(random: () => number, { isLocal = false } = {}) {
    this.#random = random;
    this.#isLocal = isLocal;
  }

  /** Returns whether an attempt was answered. */
  isAnswer(attempt: Pick<Attempt, "outcome" | "code">): boolean {
    const wasRun = this.#isLocal && attempt.outcome !== "not-started";
    return wasRun || isAnswer(attempt);
  }

  /** When the next probe may go out; null while all attempts are allowed. */
  get openUntilMs(): number | null {
    return this.#openUntilMs;
  }

  /** Whether an attempt that nobody answers says nothing of its dispatch. */
  get isDoubtful(): boolean {
    return this.#failuresInARow >= FAILURES_MIN &&
      this.#failed.size >= DISPATCHES_MIN;
  }

  /** What may be begun now. */
  permission(nowMs: number): Permission {
    if (this.#openUntilMs === null) return "all";
    // No pause is longer than this: a clock was set back.
    const isSetBack = this.#openUntilMs - nowMs > 2 * PAUSE_MS_MAX;
    const isOver = nowMs >= this.#openUntilMs || isSetBack;
    return isOver && !this.#isProbing ? "probe" : "none";
  }

  /**
   * Begins where an earlier process ended: a restart is no reason to try all again.
   *
   * @param attempts What came of the last ones, the oldest first.
   */
  learn(attempts: readonly PastAttempt[]): void {
    for (const one of attempts) {
      if (this.isAnswer(one)) this.answered();
      else this.unanswered({ ...one, nowMs: one.endedAtMs, isProbe: false });
    }
  }

  /** Notes that a probe goes out; nothing else may until it is back. */
  beginProbe(): void {
    this.#isProbing = true;
  }

  /** Notes that a probe came to nothing, for reasons of our own. */
  endProbe(): void {
    this.#isProbing = false;
  }

  /** @returns Whether it was open. */
  answered(): boolean {
    const wasOpen = this.#openUntilMs !== null;
    this.#failuresInARow = 0;
    this.#failed.clear();
    this.#pauseMs = 0;
    this.#openUntilMs = null;
    this.#isProbing = false;
    return wasOpen;
  }

  /** @returns Whether it has just opened. */
  unanswered({ seq, nowMs, isProbe }: UnansweredAttempt): boolean {
    if (isProbe) this.#isProbing = false;
    if (this.#openUntilMs !== null) {
      if (isProbe) this.#open(nowMs); // Others were begun before it opened.
      return false;
    }
    if (this.#failuresInARow++ === 0) this.#failingSinceMs = nowMs;
    if (this.#failed.size < DISPATCHES_MIN) this.#failed.add(seq);
    // A clock that was set back counts as time that passed.
    const failingMs = Math.abs(nowMs - this.#failingSinceMs);
    const isDown = this.isDoubtful && failingMs >= FAILING_MS_MIN;
    if (isDown) this.#open(nowMs);
    return isDown;
  }

  #open(nowMs: number): void {
    this.#pauseMs = Math.min(
      Math.max(2 * this.#pauseMs, PAUSE_MS_MIN),
      PAUSE_MS_MAX,
    );
    this.#openUntilMs = nowMs +
      Math.round(this.#pauseMs * spread(this.#random));
  }
}

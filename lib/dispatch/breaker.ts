// A circuit breaker that pauses a destination while it is down, which means that it does
// not respond. Without it, an outage would use up an attempt of every dispatch that comes
// due. A destination that responds with a failure is not down: then each dispatch follows
// its own schedule.
//
// - **closed**: all attempts are allowed. After many in a row without a response, further
//   ones no longer count against their dispatches.
// - **open**: no attempts until the pause is over.
// - **half-open**: one probe at a time. A response closes the breaker; silence opens it for
//   twice as long, and does not count against the dispatch.

import type { AttemptFault } from "../destinations/destination.ts";
import type { Attempt, PastAttempt } from "../store/outbox.ts";
import { spread } from "./retry_schedule.ts";

/** Unanswered attempts in a row before the breaker opens. */
const FAILURES_MIN = 10;

/** Dispatches among them: a handler may hang on one event and work on others. */
const DISPATCHES_MIN = 3;

/** Time they must span: at full speed a few failures in a row are mere chance. */
const FAILING_MS_MIN = 250;

const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 30_000;

/** Outcomes without a response. */
const SILENCE: ReadonlySet<string> = new Set<AttemptFault>([
  "unreachable",
  "unresolved",
  "untrusted",
  "broken-off",
  "timeout",
  "not-started",
]);

/** Statuses with which a proxy responds for a server that is down. */
const PROXY_CODES: readonly (number | null)[] = [502, 503, 504];

/** Returns whether an attempt got a response, be it a refusal. */
export function isAnswer(
  { outcome, code }: Pick<Attempt, "outcome" | "code">,
): boolean {
  return !SILENCE.has(outcome) &&
    !(outcome === "status" && PROXY_CODES.includes(code));
}

/** An attempt without a response. */
export interface UnansweredAttempt {
  /** Of the dispatch. */
  readonly seq: number;
  readonly nowMs: number;
  readonly isProbe: boolean;
}

/** The attempts that are allowed. */
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
   * @param options `isLocal` is for code that the inbox runs: its silence counts as a
   * response, or events on which it crashes or loops would never become dead letters.
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

  /** The time of the next probe; null while all attempts are allowed. */
  get openUntilMs(): number | null {
    return this.#openUntilMs;
  }

  /** True if an unanswered attempt says nothing about its dispatch. */
  get isDoubtful(): boolean {
    return this.#failuresInARow >= FAILURES_MIN &&
      this.#failed.size >= DISPATCHES_MIN;
  }

  /** Returns the attempts that may start now. */
  permission(nowMs: number): Permission {
    if (this.#openUntilMs === null) return "all";
    // No pause is longer than this: a clock was set back.
    const isSetBack = this.#openUntilMs - nowMs > 2 * PAUSE_MS_MAX;
    const isOver = nowMs >= this.#openUntilMs || isSetBack;
    return isOver && !this.#isProbing ? "probe" : "none";
  }

  /**
   * Restores the state from before a restart.
   *
   * @param attempts The last attempts, oldest first.
   */
  restore(attempts: readonly PastAttempt[]): void {
    for (const one of attempts) {
      if (this.isAnswer(one)) this.answered();
      else this.unanswered({ ...one, nowMs: one.endedAtMs, isProbe: false });
    }
  }

  /** Starts a probe; nothing else may start until it ends. */
  beginProbe(): void {
    this.#isProbing = true;
  }

  /** Ends a probe that was not sent. */
  endProbe(): void {
    this.#isProbing = false;
  }

  /** Closes it, and returns whether it was open. */
  answered(): boolean {
    const wasOpen = this.#openUntilMs !== null;
    this.#failuresInARow = 0;
    this.#failed.clear();
    this.#pauseMs = 0;
    this.#openUntilMs = null;
    this.#isProbing = false;
    return wasOpen;
  }

  /** Counts a silence, and returns whether it opened the breaker. */
  unanswered({ seq, nowMs, isProbe }: UnansweredAttempt): boolean {
    if (isProbe) this.#isProbing = false;
    if (this.#openUntilMs !== null) {
      if (isProbe) this.#open(nowMs); // Others started before it opened.
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

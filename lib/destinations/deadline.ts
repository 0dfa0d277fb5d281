/**
 * What ends an attempt early: its timeout, or our stopping. One timer an attempt,
 * and a plain controller, as these are made thousands of times a second.
 *
 * @module
 */

import type { AttemptOutcome } from "./destination.ts";

/** Why an attempt was ended by us. */
export type EarlyEnd = "timeout" | "aborted";

/** Holds from its making to the end of its scope. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #stop: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #onStop = () => this.#end("aborted");
  #reason: EarlyEnd | null = null;

  /**
   * @param timeoutMs How long the attempt may take.
   * @param stop Ends it before that.
   */
  constructor(timeoutMs: number, stop: AbortSignal) {
    this.#stop = stop;
    this.#timer = setTimeout(() => this.#end("timeout"), timeoutMs);
    if (stop.aborted) this.#end("aborted");
    else stop.addEventListener("abort", this.#onStop);
  }

  /** Aborted when the attempt is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it was to end; null while it may go on. */
  get reason(): EarlyEnd | null {
    return this.#reason;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#stop.removeEventListener("abort", this.#onStop);
  }

  #end(reason: EarlyEnd): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#controller.abort(abortReason(reason));
  }
}

/**
 * What a handler finds as the reason of its aborted signal.
 *
 * @param reason Why the attempt was to end.
 * @returns The same that `fetch()` and others reject with.
 */
export function abortReason(reason: EarlyEnd): DOMException {
  return reason === "timeout"
    ? new DOMException("The attempt took too long", "TimeoutError")
    : new DOMException("The inbox is stopping", "AbortError");
}

/**
 * The outcome of an attempt that was ended by us before it came to anything.
 *
 * @param reason Why.
 * @returns The outcome.
 */
export function endedEarly(reason: EarlyEnd): AttemptOutcome {
  return { ok: false, reason, code: null, output: "" };
}

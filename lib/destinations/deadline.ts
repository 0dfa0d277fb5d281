// The early end of an attempt, by its timeout or a stop of the inbox. One timer and a plain
// controller per attempt, as thousands are created per second.

import type { AttemptOutcome } from "./destination.ts";

/** The reason why the inbox ended an attempt. */
export type EarlyEnd = "timeout" | "aborted";

/** A deadline from its creation to the end of its scope. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #stop: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #onStop = () => this.#end("aborted");
  #reason: EarlyEnd | null = null;

  /** @param stop Ends it before that. */
  constructor(timeoutMs: number, stop: AbortSignal) {
    this.#stop = stop;
    this.#timer = setTimeout(() => this.#end("timeout"), timeoutMs);
    if (stop.aborted) this.#end("aborted");
    else stop.addEventListener("abort", this.#onStop);
  }

  /** Aborted when the attempt must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The reason why it must end; null while it may continue. */
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
 * Returns the reason of an event handler's aborted signal.
 *
 * @returns The error that `fetch()` and others reject with.
 */
export function abortReason(reason: EarlyEnd): DOMException {
  return reason === "timeout"
    ? new DOMException("The attempt took too long", "TimeoutError")
    : new DOMException("The inbox is stopping", "AbortError");
}

/** Returns the outcome of an attempt that the inbox ended early. */
export function endedEarly(reason: EarlyEnd): AttemptOutcome {
  return { ok: false, reason, code: null, output: "" };
}

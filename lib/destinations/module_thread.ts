/**
 * One worker with a user's module in it, from its start to its end.
 *
 * @module
 */

import { Deadline, endedEarly } from "./deadline.ts";
import type { AttemptOutcome, Dispatch } from "./destination.ts";
import {
  LOAD_TIMEOUT_MS,
  type ModuleReply,
  type ModuleRequest,
} from "./module_protocol.ts";
import { headOf } from "./output.ts";

/** A thread that does not answer for so long does nothing else either. */
const PING_TIMEOUT_MS = 1_000;

/** Runs a module's handlers in a worker. */
export class ModuleThread {
  readonly #worker: Worker;
  readonly #running = new Map<number, (outcome: AttemptOutcome) => void>();
  #runCount = 0;
  #isLoaded = false;
  #isRetired = false;
  #hasEnded = false;
  /** Ends the thread unless it is heard of in time. */
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** @param url The module. */
  constructor(url: string) {
    const worker = new URL("./module_worker.ts", import.meta.url);
    this.#worker = new Worker(worker, { type: "module", name: "module" });
    this.#worker.onmessage = ({ data }) => this.#onReply(data);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // Or it would be ours.
      this.end(headOf(event.message));
    };
    this.#expectReply(LOAD_TIMEOUT_MS, "Loading the module took too long");
    this.#request({ op: "load", url });
  }

  /** Whether another one is needed. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Runs the handlers that match. Never rejects.
   *
   * @param dispatch What is delivered.
   * @param options How long it may take, and what ends it before.
   * @returns What came of it.
   */
  async run(
    dispatch: Dispatch,
    { timeoutMs, stop }: { timeoutMs: number; stop: AbortSignal },
  ): Promise<AttemptOutcome> {
    using deadline = new Deadline(timeoutMs, stop);
    const id = this.#runCount++;
    const { promise, resolve } = Promise.withResolvers<AttemptOutcome>();
    deadline.signal.addEventListener("abort", () => {
      const { reason } = deadline;
      if (reason === null) return;
      resolve(endedEarly(reason));
      this.#request({ op: "abort", id, reason });
      if (reason === "timeout") this.#ping();
    });
    this.#running.set(id, resolve);
    this.#request({ op: "run", id, dispatch: withOwnBody(dispatch) });
    const outcome = await promise;
    this.#running.delete(id);
    this.#endIfDone();
    return outcome;
  }

  /** Ends the thread once nothing runs in it. */
  retire(): void {
    this.#isRetired = true;
    this.#endIfDone();
  }

  /**
   * Ends the thread; what runs in it fails.
   *
   * @param output Why, to be kept with the attempts.
   */
  end(output: string): void {
    this.#hasEnded = true;
    clearTimeout(this.#silence);
    this.#worker.terminate();
    for (const resolve of this.#running.values()) {
      resolve({ ok: false, reason: "module-failed", code: null, output });
    }
  }

  #endIfDone(): void {
    if (this.#isRetired && this.#running.size === 0) this.end("");
  }

  #request(message: ModuleRequest): void {
    this.#worker.postMessage(message);
  }

  /** The module may have sent something, too: anything. */
  #onReply(reply: ModuleReply | null | undefined): void {
    switch (reply?.op) {
      case "loaded":
        this.#isLoaded = true;
        return clearTimeout(this.#silence);
      case "pong":
        return clearTimeout(this.#silence);
      case "ended":
        return this.#running.get(reply.id)?.(checked(reply.outcome));
      case "failed":
        return this.end(reply.output);
    }
  }

  /** While the module loads its own limit holds, as a slow start blocks, too. */
  #ping(): void {
    if (!this.#isLoaded || this.#hasEnded) return;
    this.#expectReply(PING_TIMEOUT_MS, "A handler blocked the module's thread");
    this.#request({ op: "ping" });
  }

  #expectReply(timeoutMs: number, otherwise: string): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.end(otherwise), timeoutMs);
  }
}

/** What the module itself may have sent in place of its worker is not stored as it is. */
function checked(outcome: Partial<AttemptOutcome> | undefined): AttemptOutcome {
  const { ok, code, output } = outcome ?? {};
  const isOurs = typeof ok === "boolean" && code === null &&
    typeof output === "string";
  if (isOurs) return outcome as AttemptOutcome;
  const why = "The module answered in its worker's place";
  return { ok: false, reason: "module-failed", code: null, output: why };
}

/** A view of a larger buffer would take all of that along. */
function withOwnBody(dispatch: Dispatch): Dispatch {
  const { body } = dispatch;
  if (body.length === body.buffer.byteLength) return dispatch;
  return { ...dispatch, body: body.slice() };
}

/**
 * A dispatcher in a thread of its own. Should the thread end by a fault, another one
 * takes over: all it needs to know is in the store.
 *
 * @module
 */

import type { DestinationState } from "../dispatch/destination_loop.ts";
import type { Dispatching } from "../dispatch/dispatcher.ts";
import type {
  DispatchPlan,
  DispatchReply,
  DispatchRequest,
} from "./dispatch_protocol.ts";
import { gather } from "../gather.ts";
import { type Logger, toLoggable } from "../log.ts";
import type { Store } from "../store/store.ts";

/** How long to wait before another thread is started. */
const RESTART_MS = 1_000;

/** Dispatches in another thread. */
export class RemoteDispatcher implements Dispatching {
  readonly #plan: DispatchPlan;
  readonly #store: Store;
  readonly #logger: Logger;
  #worker: Worker;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #asking: PromiseWithResolvers<readonly DestinationState[]> | undefined;
  #stopping: PromiseWithResolvers<void> | undefined;
  #hasEnded = false;

  /**
   * Starts the thread.
   *
   * @param plan What is dispatched from where to where.
   * @param store Where attempts are recorded.
   * @param logger Told what happens.
   */
  constructor(plan: DispatchPlan, store: Store, logger: Logger) {
    this.#plan = plan;
    this.#store = store;
    this.#logger = logger;
    this.#worker = this.#start();
  }

  /** Gathered, as the events of one commit are accepted in one turn. */
  readonly wake: (fromSeq?: number) => void = gather((fromSeqs) => {
    const known = fromSeqs.filter((seq) => seq !== undefined);
    const fromSeq = known.length > 0 ? Math.min(...known) : undefined;
    this.#post({ op: "wake", fromSeq });
  });

  states(): Promise<readonly DestinationState[]> {
    const isGone = this.#restart !== undefined || this.#hasEnded;
    if (isGone) return Promise.resolve([]);
    this.#asking ??= Promise.withResolvers();
    this.#post({ op: "states" });
    return this.#asking.promise;
  }

  async stop(timeoutMs: number): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = Promise.withResolvers();
      if (this.#restart === undefined) this.#post({ op: "stop", timeoutMs });
      else this.#stopping.resolve();
    }
    await this.#stopping.promise;
    clearTimeout(this.#restart);
    this.#worker.terminate();
    this.#hasEnded = true;
    this.#answerStates([]);
  }

  abort(): void {
    if (!this.#hasEnded) this.#post({ op: "abort" });
  }

  #start(): Worker {
    const url = new URL("./dispatch_thread.ts", import.meta.url);
    const worker = new Worker(url, { type: "module", name: "dispatcher" });
    // Bound to this thread: another one would take the ids for its own.
    const recorded = gather<readonly [id: number, ok: boolean]>((results) =>
      worker.postMessage({ op: "recorded", results } satisfies DispatchRequest)
    );
    worker.onmessage = ({ data }: MessageEvent<DispatchReply>) => {
      if (data.op === "turn") this.#takeTurn(data, recorded);
      else if (data.op === "states") this.#answerStates(data.states);
      else this.#stopping?.resolve();
    };
    worker.onerror = (event) => {
      event.preventDefault(); // Or it would end the process.
      worker.terminate();
      this.#failed(event.error);
    };
    const start: DispatchRequest = { op: "start", plan: this.#plan };
    worker.postMessage(start);
    return worker;
  }

  #takeTurn(
    { records, entries }: Extract<DispatchReply, { op: "turn" }>,
    recorded: (result: readonly [id: number, ok: boolean]) => void,
  ): void {
    for (const entry of entries) this.#logger.log(entry);
    for (const [id, record] of records) {
      void this.#store.record(record).then((isOk) => recorded([id, isOk]));
    }
  }

  #answerStates(states: readonly DestinationState[]): void {
    this.#asking?.resolve(states);
    this.#asking = undefined;
  }

  #failed(error: unknown): void {
    const name = error instanceof Error ? error.name : "Unknown";
    this.#logger.log({ msg: "dispatcher failed", error: toLoggable(name) });
    this.#answerStates([]);
    this.#stopping?.resolve();
    if (this.#stopping) return;
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.#worker = this.#start();
    }, RESTART_MS);
  }

  #post(request: DispatchRequest): void {
    if (this.#restart === undefined) this.#worker.postMessage(request);
  }
}

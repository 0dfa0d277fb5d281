// A dispatcher in its own thread. If the thread crashes, another one takes over: all state
// is in the store.

import type { DestinationState } from "../dispatch/destination_loop.ts";
import type { DispatchTargets } from "./create_dispatcher.ts";
import type { Dispatching } from "../dispatch/dispatcher.ts";
import { InboxError } from "../errors.ts";
import { type LogEntry, toLoggable } from "../log.ts";
import type { ClientOptions, StoreChange, StoreFault } from "../store/store.ts";
import { ThreadCalls } from "../threads/call.ts";
import type {
  DispatchApi,
  DispatchNotice,
  DispatchPlan,
} from "./dispatch_protocol.ts";

/** The wait before the thread is restarted. */
const RESTART_MS = 1_000;

/** Listeners of a threaded dispatcher. */
export interface ThreadedDispatcherOptions extends ClientOptions {
  readonly log: (entry: LogEntry) => void;
}

/** A dispatcher in another thread. */
export class ThreadedDispatcher implements Dispatching {
  #plan: DispatchPlan;
  readonly #options: ThreadedDispatcherOptions;
  #calls: ThreadCalls<DispatchApi>;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #stopping: Promise<void> | undefined;
  #started = Promise.resolve();

  /**
   * Starts the thread.
   *
   * @param plan The store and the destinations.
   */
  constructor(plan: DispatchPlan, options: ThreadedDispatcherOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#calls = this.#start();
  }

  /** Resolves when the thread has started, with modules loaded, or failed. */
  get started(): Promise<void> {
    return this.#started;
  }

  wake(change: StoreChange): void {
    if (this.#restart === undefined) this.#calls.tell("wake", change);
  }

  /** Replaces the destinations that differ. */
  async reload(targets: DispatchTargets): Promise<void> {
    this.#plan = { ...this.#plan, ...targets };
    // A thread that is started anew begins with them.
    if (this.#restart === undefined && this.#stopping === undefined) {
      await this.#calls.call("reload", targets);
    }
  }

  states(): Promise<readonly DestinationState[]> {
    const isGone = this.#restart !== undefined || this.#stopping !== undefined;
    if (isGone) return Promise.resolve([]);
    return this.#calls.call("states").catch(() => []);
  }

  stop(timeoutMs: number): Promise<void> {
    return this.#stopping ??= this.#stop(timeoutMs);
  }

  abort(): void {
    if (this.#restart === undefined) this.#calls.tell("abort");
  }

  async #stop(timeoutMs: number): Promise<void> {
    clearTimeout(this.#restart);
    // A crashed thread has nothing running.
    if (this.#restart === undefined) {
      await this.#calls.call("stop", timeoutMs).catch(() => {});
    }
    this.#calls.close();
  }

  #start(): ThreadCalls<DispatchApi> {
    const calls = new ThreadCalls<DispatchApi>(startThread, {
      onNotice: (notices) => {
        for (const notice of notices) this.#take(notice);
      },
      onFailure: (error) => this.#failed(error),
    });
    this.#started = calls.call("start", this.#plan).catch((error) => {
      // onFailure() reports a crash of the thread.
      if (calls === this.#calls && this.#restart === undefined) {
        this.#failed(error);
      }
    });
    return calls;
  }

  #take(notice: DispatchNotice): void {
    const { log, onCommit, onFailure, onFatal } = this.#options;
    if ("entry" in notice) log(notice.entry);
    else if ("commit" in notice) onCommit?.(notice.commit);
    else if ("failure" in notice) onFailure?.(notice.failure);
    else onFatal?.(notice.fatal);
  }

  #failed(error: unknown): void {
    if (this.#stopping) return;
    const { log, onFailure } = this.#options;
    if (error instanceof InboxError) onFailure?.(faultOf(error));
    const name = error instanceof Error ? error.name : "Unknown";
    log({ msg: "dispatcher failed", error: toLoggable(name) });
    this.#calls.close();
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.#calls = this.#start();
    }, RESTART_MS);
  }
}

function startThread(): Worker {
  const url = new URL("./dispatch_thread.ts", import.meta.url);
  return new Worker(url, { type: "module", name: "dispatcher" });
}

function faultOf({ message, hint }: InboxError): StoreFault {
  return { message, hint };
}

// A dispatcher in its own thread, which starts once there is a destination. If the thread
// crashes, another one takes over: all state is in the store.

import type { DestinationState } from "../dispatch/destination_loop.ts";
import type { DispatchTargets } from "./create_dispatcher.ts";
import type { Dispatching } from "../dispatch/dispatcher.ts";
import { InboxError } from "../errors.ts";
import { type LogEntry, toLoggable } from "../log.ts";
import type { Sealing } from "./sealing.ts";
import type { StoreChange, StoreTicket } from "../store/store.ts";
import type { ClientOptions, CommitInfo } from "../store/client_options.ts";
import type { StoreFault } from "../store/store_fault.ts";
import { ThreadCalls } from "../threads/call.ts";

/** The store, the destinations and their circumstances. */
export interface DispatchPlan extends DispatchTargets {
  readonly ticket: StoreTicket;
  /** Null if payloads are not sealed. */
  readonly sealing: Sealing | null;
  /** The id sent with forwarded events. */
  readonly inboxId: string;
  /** Reloads modules when they change. */
  readonly isWatching: boolean;
}

/** A notice of the thread. */
export type DispatchNotice =
  | { readonly entry: LogEntry }
  | { readonly commit: CommitInfo }
  | { readonly failure: StoreFault }
  | { readonly fatal: StoreFault };

/** The API of the thread. Notices of a moment are sent together. */
export interface DispatchApi {
  readonly methods: {
    start(plan: DispatchPlan): Promise<void>;
    reload(targets: DispatchTargets): Promise<void>;
    wake(change: StoreChange): void;
    states(): Promise<readonly DestinationState[]>;
    stop(timeoutMs: number): Promise<void>;
    abort(): void;
  };
  readonly notice: readonly DispatchNotice[];
}

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
  /** Undefined while there is no destination, and between a crash and the restart. */
  #calls: ThreadCalls<DispatchApi> | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(plan: DispatchPlan, options: ThreadedDispatcherOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  /** Starts the thread; resolves when modules are loaded, or it failed. */
  async start(): Promise<void> {
    const { destinations } = this.#plan;
    if (destinations.length === 0) return;
    const started = this.#start();
    // Modules are loaded before the first event; URLs need no wait.
    const hasModule = destinations.some(({ target: { kind } }) =>
      kind === "module"
    );
    if (hasModule) await started;
  }

  wake(change: StoreChange): void {
    this.#calls?.tell("wake", change);
  }

  /** Replaces the destinations that differ. */
  async reload(targets: DispatchTargets): Promise<void> {
    this.#plan = { ...this.#plan, ...targets };
    if (this.#stopping) return;
    if (this.#calls) return await this.#calls.call("reload", targets);
    // A thread that is to be restarted begins with them.
    if (this.#restart === undefined) await this.start();
  }

  async states(): Promise<readonly DestinationState[]> {
    if (!this.#calls || this.#stopping) return [];
    return await this.#calls.call("states").catch(() => []);
  }

  stop(timeoutMs: number): Promise<void> {
    return this.#stopping ??= this.#stop(timeoutMs);
  }

  abort(): void {
    this.#calls?.tell("abort");
  }

  async #stop(timeoutMs: number): Promise<void> {
    clearTimeout(this.#restart);
    await this.#calls?.call("stop", timeoutMs).catch(() => {});
    this.#calls?.close();
  }

  async #start(): Promise<void> {
    const calls = new ThreadCalls<DispatchApi>(startThread, {
      onNotice: (notices) => {
        for (const notice of notices) this.#take(notice);
      },
      onFailure: (error) => this.#failed(error),
    });
    this.#calls = calls;
    try {
      await calls.call("start", this.#plan);
    } catch (error) {
      // onFailure() reports a crash of the thread.
      if (calls === this.#calls) this.#failed(error);
    }
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
    this.#calls?.close();
    this.#calls = undefined;
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      void this.#start();
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

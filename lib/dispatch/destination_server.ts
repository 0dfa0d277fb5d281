// Serves one destination: its loop runs once its outbox can be opened, until the stop.

import type { Destination } from "../destinations/destination.ts";
import type { Outboxes } from "../store/outbox.ts";
import {
  DestinationLoop,
  type LoopConfig,
  type LoopDeps,
} from "./destination_loop.ts";
import { aborted, sleepUnless } from "../sleep_unless.ts";
import { STORE_RETRY_MS, storeFaultEntry } from "./store_fault.ts";

/** A destination and its settings. */
export interface DestinationEntry {
  readonly config: LoopConfig;
  readonly destination: Destination;
}

/** Dependencies of {@linkcode DestinationServer}. */
export interface DestinationServerDeps extends Omit<LoopDeps, "outbox"> {
  readonly outboxes: Outboxes;
  /** Returns whether it is paused by a command. */
  readonly isPaused: () => boolean;
}

/** The server of one destination. */
export class DestinationServer {
  readonly #entry: DestinationEntry;
  readonly #deps: DestinationServerDeps;
  readonly #stop = new AbortController();
  readonly #serving: Promise<void>;
  #stopTimeoutMs = 0;
  #loop: DestinationLoop | undefined;

  /**
   * Starts to serve.
   *
   * @param previous The end of the server that it replaces: no lane has two.
   */
  constructor(
    entry: DestinationEntry,
    deps: DestinationServerDeps,
    previous: Promise<unknown> = Promise.resolve(),
  ) {
    this.#entry = entry;
    this.#deps = deps;
    this.#serving = previous.then(() => this.#serve());
  }

  /** The loop; undefined until the outbox is open. */
  get loop(): DestinationLoop | undefined {
    return this.#loop;
  }

  /**
   * Starts no more attempts, waits for running ones, and closes the destination. A later
   * call can only shorten the wait.
   *
   * @param timeoutMs The wait; later attempts are aborted and stay pending.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopTimeoutMs = timeoutMs;
    this.#stop.abort();
    await this.#loop?.stop(timeoutMs);
    await this.#serving;
    await this.#entry.destination.close();
  }

  async #serve(): Promise<void> {
    const { outboxes, isPaused, ...deps } = this.#deps;
    const { config, destination } = this.#entry;
    const { signal } = this.#stop;
    const { name, timeoutMs: attemptMsMax } = config;
    while (!signal.aborted) {
      try {
        const onMoved = () => this.#loop?.readAgain();
        const outbox = await outboxes.open(name, { attemptMsMax, onMoved });
        try {
          if (signal.aborted) return;
          const loop = new DestinationLoop(config, destination, {
            ...deps,
            outbox,
          });
          this.#loop = loop;
          loop.setPaused(isPaused());
          await loop.start();
          await aborted(signal);
          // Running attempts still need the outbox, and can still be aborted.
          return await loop.stop(this.#stopTimeoutMs);
        } finally {
          this.#loop = undefined;
          await outbox.close();
        }
      } catch (error) {
        if (signal.aborted) return;
        deps.log(storeFaultEntry(error));
        await sleepUnless(signal, STORE_RETRY_MS, deps.setTimer);
      }
    }
  }
}

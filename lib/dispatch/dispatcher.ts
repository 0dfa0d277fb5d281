// The dispatcher: one loop for each destination, so that none holds up another.

import { StoreError } from "../errors.ts";
import type { Destination } from "../destinations/destination.ts";
import {
  DestinationLoop,
  type DestinationState,
  type LoopConfig,
  type LoopDeps,
} from "./destination_loop.ts";
import type { Outboxes } from "../store/outbox.ts";
import type { StoreChange } from "../store/store.ts";
import { STORE_RETRY_MS, storeFaultEntry } from "./store_fault.ts";

/** The interval between looks for what was paused or resumed, here or elsewhere. */
const PAUSES_EVERY_MS = 500;

/** A dispatcher in this thread or another one. */
export interface Dispatching {
  /** Reads new pending dispatches. */
  wake(change: StoreChange): void;
  /** The states of the destinations. */
  states(): Promise<readonly DestinationState[]>;
  /**
   * Starts no more attempts, and waits for running ones.
   *
   * @param timeoutMs The wait; later attempts are aborted and stay pending.
   */
  stop(timeoutMs: number): Promise<void>;
  /** Aborts running attempts, before the timeout of `stop()`. */
  abort(): void;
}

/** A destination and its settings. */
export interface DestinationEntry {
  readonly config: LoopConfig;
  readonly destination: Destination;
}

/** Dependencies of {@linkcode Dispatcher}. */
export interface DispatcherDeps extends Omit<LoopDeps, "outbox"> {
  /** Closed at the end. */
  readonly outboxes: Outboxes;
}

/** A dispatcher in this thread. */
export class Dispatcher implements Dispatching {
  readonly #entries: readonly DestinationEntry[];
  readonly #deps: DispatcherDeps;
  /** By destination, for those whose outbox is open. */
  readonly #loops = new Map<string, DestinationLoop>();
  readonly #stop = new AbortController();
  #stopTimeoutMs = 0;
  /** Destinations that were paused when it was last looked. */
  #paused: ReadonlySet<string> = new Set();
  #serving: Promise<unknown> = Promise.resolve();

  /** @param deps The store and other dependencies. */
  constructor(entries: readonly DestinationEntry[], deps: DispatcherDeps) {
    this.#deps = deps;
    this.#entries = entries;
  }

  /**
   * Starts with what is pending.
   *
   * @throws {StoreError} If the store cannot be read.
   */
  async start(): Promise<void> {
    const { outboxes, log } = this.#deps;
    const names = this.#entries.map(({ config }) => config.name);
    for (const [destination, dispatches] of await outboxes.pendingCounts()) {
      if (names.includes(destination)) continue;
      log({ msg: "dispatches wait", destination, dispatches });
    }
    this.#paused = await this.#readPaused();
    this.#serving = Promise.all([
      this.#watchPauses(),
      ...this.#entries.map((one) => this.#serve(one)),
    ]);
  }

  wake(change: StoreChange): void {
    for (const loop of this.#loops.values()) loop.wake(change);
  }

  states(): Promise<readonly DestinationState[]> {
    return Promise.resolve([...this.#loops.values()].map(({ state }) => state));
  }

  abort(): void {
    for (const loop of this.#loops.values()) loop.abort();
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#stopTimeoutMs = timeoutMs;
    this.#stop.abort();
    await Promise.all(this.#entries.map(async ({ config, destination }) => {
      await this.#loops.get(config.name)?.stop(timeoutMs);
      await destination.close();
    }));
    await this.#serving;
    await this.#deps.outboxes.close();
  }

  /** Runs the loop of a destination, once its outbox can be opened, until the stop. */
  async #serve({ config, destination }: DestinationEntry): Promise<void> {
    const { outboxes, ...deps } = this.#deps;
    const { signal } = this.#stop;
    const { name, timeoutMs: attemptMsMax } = config;
    while (!signal.aborted) {
      try {
        const onMoved = () => this.#loops.get(name)?.readAgain();
        const outbox = await outboxes.open(name, { attemptMsMax, onMoved });
        try {
          if (signal.aborted) return;
          const loop = new DestinationLoop(config, destination, {
            ...deps,
            outbox,
          });
          this.#loops.set(name, loop);
          loop.setPaused(this.#paused.has(name));
          await loop.start();
          await aborted(signal);
          // Running attempts still need the outbox, and can still be aborted.
          return await loop.stop(this.#stopTimeoutMs);
        } finally {
          this.#loops.delete(name);
          await outbox.close();
        }
      } catch (error) {
        if (signal.aborted) return;
        deps.log(storeFaultEntry(error));
        await this.#sleep(STORE_RETRY_MS);
      }
    }
  }

  async #readPaused(): Promise<ReadonlySet<string>> {
    const pauses = await this.#deps.outboxes.pauses();
    return new Set(pauses.map(({ destination }) => destination));
  }

  async #watchPauses(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await this.#sleep(PAUSES_EVERY_MS);
      if (signal.aborted) return;
      try {
        this.#setPaused(await this.#readPaused());
      } catch (error) {
        // What the loops cannot read either is told by them.
        if (!(error instanceof StoreError)) throw error;
      }
    }
  }

  #setPaused(paused: ReadonlySet<string>): void {
    const before = this.#paused;
    this.#paused = paused;
    for (const [destination, loop] of this.#loops) {
      const isPaused = paused.has(destination);
      loop.setPaused(isPaused);
      if (isPaused === before.has(destination)) continue;
      const msg = isPaused ? "paused by command" : "resumed by command";
      this.#deps.log({ msg, destination });
    }
  }

  async #sleep(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.setTimer(resolve, delayMs);
    await Promise.race([promise, aborted(this.#stop.signal)]);
    cancel();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

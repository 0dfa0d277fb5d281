/**
 * Brings every pending dispatch to its destination, each destination in a loop of
 * its own, so that none holds up another.
 *
 * @module
 */

import type { Destination } from "../destinations/destination.ts";
import {
  DestinationLoop,
  type DestinationState,
  type LoopConfig,
  type LoopDeps,
} from "./destination_loop.ts";

/** Dispatches, in this thread or in another one. */
export interface Dispatching {
  /**
   * To be called when there may be new pending dispatches.
   *
   * @param fromSeq The first event that may have one; only later ones unless said.
   */
  wake(fromSeq?: number): void;
  /** How the destinations are doing. */
  states(): Promise<readonly DestinationState[]>;
  /**
   * Begins nothing new, and waits for what is under way.
   *
   * @param timeoutMs How long; what takes longer is broken off and stays pending.
   */
  stop(timeoutMs: number): Promise<void>;
  /** Cuts the timeout of `stop()` short: what is under way is broken off now. */
  abort(): void;
}

/** A destination and how it wants to be served. */
export interface Served {
  readonly config: LoopConfig;
  readonly destination: Destination;
}

/** Dispatches in this thread. */
export class Dispatcher implements Dispatching {
  readonly #loops: readonly DestinationLoop[];
  readonly #deps: LoopDeps;
  readonly #names: ReadonlySet<string>;

  /**
   * @param served All destinations.
   * @param deps The store and the rest of the world; the reader is closed at the end.
   */
  constructor(served: readonly Served[], deps: LoopDeps) {
    this.#deps = deps;
    this.#names = new Set(served.map(({ config }) => config.name));
    this.#loops = served.map(({ config, destination }) =>
      new DestinationLoop(config, destination, deps)
    );
  }

  /**
   * Reads what is pending and begins.
   *
   * @throws {StoreError} When the store cannot be read.
   */
  async start(): Promise<void> {
    const { reader, log } = this.#deps;
    for (const [destination, dispatches] of await reader.pendingCounts()) {
      if (this.#names.has(destination)) continue;
      log({ msg: "dispatches wait", destination, dispatches });
    }
    await Promise.all(this.#loops.map((loop) => loop.start()));
  }

  wake(fromSeq?: number): void {
    for (const loop of this.#loops) loop.wake(fromSeq);
  }

  states(): Promise<readonly DestinationState[]> {
    return Promise.resolve(this.#loops.map(({ state }) => state));
  }

  abort(): void {
    for (const loop of this.#loops) loop.abort();
  }

  async stop(timeoutMs: number): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop(timeoutMs)));
    this.#deps.reader.close();
  }
}

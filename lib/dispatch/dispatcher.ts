// The dispatcher: one server for each destination, so that none holds up another.

import { StoreError } from "../errors.ts";
import type { DestinationState } from "./destination_loop.ts";
import {
  type DestinationEntry,
  DestinationServer,
  type DestinationServerDeps,
} from "./destination_server.ts";
import type { LogEntry } from "../log.ts";
import type { Outboxes } from "../store/outbox.ts";
import type { StoreChange } from "../store/store.ts";
import { sleepUnless } from "../sleep_unless.ts";

export type { DestinationEntry };

/** The interval between looks for what was paused or resumed, here or elsewhere. */
const PAUSES_EVERY_MS = 500;

/** The wait for attempts of a replaced destination: none can take longer. */
const REPLACE_TIMEOUT_MS = 610_000;

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

/** Dependencies of {@linkcode Dispatcher}; the outboxes are closed at the end. */
export type DispatcherDeps = Omit<DestinationServerDeps, "isPaused">;

/** A dispatcher in this thread. */
export class Dispatcher implements Dispatching {
  readonly #entries: readonly DestinationEntry[];
  readonly #deps: DispatcherDeps;
  /** By destination. */
  readonly #servers = new Map<string, DestinationServer>();
  /** Those that end because they were replaced. */
  readonly #ending = new Set<DestinationServer>();
  readonly #stop = new AbortController();
  /** Destinations that were paused when it was last looked. */
  #paused: ReadonlySet<string> = new Set();
  #watching = Promise.resolve();

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
    const names = this.#entries.map(({ config }) => config.name);
    await logWaiting(this.#deps.outboxes, names, this.#deps.log);
    this.#paused = await this.#readPaused();
    for (const entry of this.#entries) this.#serve(entry);
    this.#watching = this.#watchPauses();
  }

  /**
   * Replaces destinations. Attempts that run at removed ones end as if nothing had
   * happened; a new one of the same name waits for them.
   */
  replace(
    removed: readonly string[],
    added: readonly DestinationEntry[],
  ): void {
    const ends = new Map(removed.map((name) => [name, this.#end(name)]));
    for (const entry of added) this.#serve(entry, ends.get(entry.config.name));
  }

  wake(change: StoreChange): void {
    for (const { loop } of this.#servers.values()) loop?.wake(change);
  }

  states(): Promise<readonly DestinationState[]> {
    return Promise.resolve(
      [...this.#servers.values()].flatMap(({ loop }) => loop?.state ?? []),
    );
  }

  abort(): void {
    for (const { loop } of this.#all) loop?.abort();
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#all.map((server) => server.stop(timeoutMs)));
    await this.#watching;
    await this.#deps.outboxes.close();
  }

  get #all(): DestinationServer[] {
    return [...this.#servers.values(), ...this.#ending];
  }

  #serve(entry: DestinationEntry, previous?: Promise<void>): void {
    const { name } = entry.config;
    const deps = { ...this.#deps, isPaused: () => this.#paused.has(name) };
    this.#servers.set(name, new DestinationServer(entry, deps, previous));
  }

  async #end(name: string): Promise<void> {
    const server = this.#servers.get(name);
    if (!server) return;
    this.#servers.delete(name);
    this.#ending.add(server);
    await server.stop(REPLACE_TIMEOUT_MS);
    this.#ending.delete(server);
  }

  async #readPaused(): Promise<ReadonlySet<string>> {
    const pauses = await this.#deps.outboxes.pauses();
    return new Set(pauses.map(({ destination }) => destination));
  }

  async #watchPauses(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await sleepUnless(signal, PAUSES_EVERY_MS, this.#deps.setTimer);
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
    for (const [destination, { loop }] of this.#servers) {
      const isPaused = paused.has(destination);
      loop?.setPaused(isPaused);
      if (isPaused === before.has(destination)) continue;
      const msg = isPaused ? "paused by command" : "resumed by command";
      this.#deps.log({ msg, destination });
    }
  }
}

/**
 * Logs what waits for destinations that are no longer among those served.
 *
 * @param names The destinations served.
 * @throws {StoreError} If the store cannot be read.
 */
export async function logWaiting(
  outboxes: Outboxes,
  names: readonly string[],
  log: (entry: LogEntry) => void,
): Promise<void> {
  for (const [destination, dispatches] of await outboxes.pendingCounts()) {
    if (names.includes(destination)) continue;
    log({ msg: "dispatches wait", destination, dispatches });
  }
}

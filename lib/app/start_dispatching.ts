import { type Clock, systemClock } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import type { EventHandlers } from "../destinations/handlers.ts";
import type { Dispatching } from "../dispatch/dispatcher.ts";
import type { LogEntry, Logger } from "../log.ts";
import type { ClientOptions, Store, StoreChange } from "../store/store.ts";
import { createDispatcher, type DispatchTargets } from "./create_dispatcher.ts";
import { sealingOf } from "./open_sealed.ts";
import { ownEntry } from "./own_handlers.ts";
import { ThreadedDispatcher } from "./threaded_dispatcher.ts";

/** Dependencies of {@linkcode startDispatching}. */
export interface DispatchingDeps {
  readonly logger: Logger;
  /** @default {systemClock} */
  readonly clock?: Clock;
  /** Reloads the user's modules when they change. */
  readonly isWatching?: boolean;
  /** Event handlers of this program. */
  readonly handlers?: EventHandlers;
  /** Sent with forwarded events. */
  readonly inboxId: string;
  /** Listeners for commits and failures. */
  readonly client: ClientOptions;
}

/** A dispatcher whose destinations can be replaced. */
export interface ReloadableDispatching extends Dispatching {
  reload(config: Config): Promise<void>;
}

/**
 * Starts a dispatcher, in its own thread unless there are no destinations, or something
 * cannot leave this one: event handlers of this program, or a store in memory.
 *
 * @throws {StoreError} If pending dispatches cannot be read.
 */
export async function startDispatching(
  config: Config,
  store: Store,
  deps: DispatchingDeps,
): Promise<ReloadableDispatching> {
  const started = await start(config, store, deps);
  return new AppDispatching(started, (config) => start(config, store, deps));
}

interface Started {
  readonly dispatcher: Dispatching & {
    reload(targets: DispatchTargets): Promise<void>;
  };
  /** Set while there is nothing to dispatch to, so that no thread is needed. */
  readonly isIdle: boolean;
}

async function start(
  config: Config,
  store: Store,
  deps: DispatchingDeps,
): Promise<Started> {
  const { logger, clock = systemClock, isWatching = false, handlers } = deps;
  const { inboxId, client } = deps;
  const { ticket } = store;
  const targets = targetsOf(config);
  const { destinations } = targets;
  const log = (entry: LogEntry) => logger.log(entry);
  if (destinations.length > 0 && !handlers && ticket) {
    const sealing = sealingOf(config);
    const plan = { ticket, sealing, ...targets, inboxId, isWatching };
    const dispatcher = new ThreadedDispatcher(plan, { ...client, log });
    // Modules are loaded before the first event; URLs need no wait.
    const kinds = destinations.map(({ target }) => target.kind);
    if (kinds.includes("module")) await dispatcher.started;
    return { dispatcher, isIdle: false };
  }
  const dispatcher = await createDispatcher(targets, {
    outboxes: store.openOutboxes(client),
    log,
    clock,
    isWatching,
    inboxId,
    ownEntries: handlers ? [ownEntry(handlers)] : [],
  });
  await dispatcher.start();
  return { dispatcher, isIdle: !handlers && ticket !== null };
}

class AppDispatching implements ReloadableDispatching {
  #current: Started;
  readonly #start: (config: Config) => Promise<Started>;
  #stopping: Promise<void> | undefined;

  constructor(current: Started, start: (config: Config) => Promise<Started>) {
    this.#current = current;
    this.#start = start;
  }

  async reload(config: Config): Promise<void> {
    if (this.#stopping) return;
    const { dispatcher, isIdle } = this.#current;
    if (!isIdle || config.destinations.length === 0) {
      return await dispatcher.reload(targetsOf(config));
    }
    const next = await this.#start(config);
    if (this.#stopping) return await next.dispatcher.stop(0);
    this.#current = next;
    await dispatcher.stop(0);
  }

  wake(change: StoreChange): void {
    this.#current.dispatcher.wake(change);
  }

  states() {
    return this.#current.dispatcher.states();
  }

  stop(timeoutMs: number): Promise<void> {
    return this.#stopping ??= this.#current.dispatcher.stop(timeoutMs);
  }

  abort(): void {
    this.#current.dispatcher.abort();
  }
}

function targetsOf(
  { destinations, childEnvironment: environment }: Config,
): DispatchTargets {
  return { destinations, environment };
}

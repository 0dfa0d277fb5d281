import { type Clock, systemClock } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import type { EventHandlers } from "../destinations/handlers.ts";
import { type Dispatching, logWaiting } from "../dispatch/dispatcher.ts";
import type { LogEntry, Logger } from "../log.ts";
import type { Store } from "../store/store.ts";
import type { ClientOptions } from "../store/client_options.ts";
import { createDispatcher, type DispatchTargets } from "./create_dispatcher.ts";
import { sealingOf } from "./sealing.ts";
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
  reload(targets: DispatchTargets): Promise<void>;
}

/**
 * Starts a dispatcher, in its own thread unless something cannot leave this one: event
 * handlers of this program, or a store in memory.
 *
 * @throws {StoreError} If pending dispatches cannot be read.
 */
export async function startDispatching(
  config: Config,
  store: Store,
  deps: DispatchingDeps,
): Promise<ReloadableDispatching> {
  const { logger, clock = systemClock, isWatching = false, handlers } = deps;
  const { inboxId, client } = deps;
  const { ticket } = store;
  const targets = targetsOf(config);
  const log = (entry: LogEntry) => logger.log(entry);
  if (ticket && !handlers) {
    if (targets.destinations.length === 0) {
      const outboxes = store.openOutboxes(client);
      await logWaiting(outboxes, [], log).finally(() => outboxes.close());
    }
    const sealing = sealingOf(config);
    const plan = { ticket, sealing, ...targets, inboxId, isWatching };
    const dispatcher = new ThreadedDispatcher(plan, { ...client, log });
    await dispatcher.start();
    return dispatcher;
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
  return dispatcher;
}

/** Returns what is dispatched to by settings. */
export function targetsOf(
  { destinations, childEnvironment: environment }: Config,
): DispatchTargets {
  return { destinations, environment };
}

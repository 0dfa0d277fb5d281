// The composition root: the only file that knows all parts.

import { addressCheck } from "../config/addresses.ts";
import { type Clock, systemClock } from "../clock.ts";
import { createDispatcher } from "./create_dispatcher.ts";
import type { Dispatching } from "../dispatch/dispatcher.ts";
import { createSubscriptions } from "../dispatch/subscriptions.ts";
import { OWN_HANDLERS_NAME } from "../config/destination_members.ts";
import type { EventHandlers } from "../destinations/handlers.ts";
import { ownEntry, subscriptionOf } from "./own_handlers.ts";
import { DEADLINE_MS } from "../http/deadlines.ts";
import { createReadiness } from "../http/readiness.ts";
import type { Handler } from "../http/router.ts";
import { createHandler } from "../http/routes.ts";
import { InFlight } from "../http/in_flight.ts";
import type { LocalListener } from "../http/local_listener.ts";
import { createLocal, type LocalParts } from "./local_app.ts";
import { startLinkIndexer } from "./link_indexer.ts";
import type { LogEntry, Logger } from "../log.ts";
import { Monitor } from "../monitor/monitor.ts";
import { createReplayer, type Replayer } from "./replayer.ts";
import { secretFingerprint } from "../secret_fingerprint.ts";
import { createVerifier } from "../persona/signature.ts";
import { startAudit } from "./start_audit.ts";
import { openSealedStore, refuseLostKeys, sealingOf } from "./open_sealed.ts";
import { ThreadedDispatcher } from "./threaded_dispatcher.ts";
import type { Config } from "../config/settings.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import type { Pause } from "../store/outbox.ts";
import type { ClientOptions, Store, StoreFault } from "../store/store.ts";

/** Dependencies of {@linkcode createApp}. */
export interface AppDeps {
  logger: Logger;
  /** @default {systemClock} */
  clock?: Clock;
  /** Reloads the user's modules when they change. */
  isWatching?: boolean;
  /** Event handlers of this program. */
  handlers?: EventHandlers;
  /** Observes the app. */
  monitor?: Monitor;
  /** Makes the local listener show payloads unmasked. */
  isRevealing?: boolean;
  /** Called with each delivery before it is stored or rejected; without a body if rejected. */
  onDelivery?: (headers: Headers, body: Uint8Array | null) => void;
  /**
   * Who started it, for the audit trail.
   *
   * @default {"a program"}
   */
  startedBy?: string;
  /** Called when the process must end without closing the store: see {@linkcode ClientOptions}. */
  onFatal?: (fault: StoreFault) => void;
}

/** A running app: it receives, stores and dispatches. */
export interface App {
  /** For `Deno.serve`. */
  handler: Deno.ServeHandler;
  /** Creates the local listener. */
  createLocal(): LocalListener;
  /** Lists destinations that are paused by a command; none while the store cannot be read. */
  pauses(): Promise<readonly Pause[]>;
  /** Replays events. */
  readonly replay: Replayer;
  /**
   * Rejects deliveries and starts no attempts from now on; resolves when those in
   * progress are over.
   *
   * @param timeoutMs The wait for attempts; later ones are aborted.
   */
  drain(timeoutMs: number): Promise<void>;
  /** Starts no attempts and aborts running ones; resolves when they are over. */
  abort(): Promise<void>;
  /** Waits for all that, and closes the store: see {@linkcode Store.close}. */
  close(): Promise<boolean>;
}

/**
 * Opens the configured store for receiving.
 *
 * @param deps Listeners for commits and failures.
 * @throws {StoreError} If it cannot be opened.
 */
export async function openConfiguredStore(
  config: Config,
  deps: Pick<AppDeps, "logger" | "monitor" | "onFatal">,
): Promise<Store> {
  const { logger } = deps;
  const store = await openSealedStore(config, {
    ...clientOptions(deps),
    bodyBytesMax: config.bodyBytesMax,
    onLogFault: (fault) =>
      logger.log(
        fault
          ? { msg: "checkpoint failed", fault: fault.message, hint: fault.hint }
          : { msg: "checkpoint works again" },
      ),
  });
  for (const { message, hint } of store.warnings) {
    logger.log({ msg: "settings warning", warning: message, hint });
  }
  return store;
}

function clientOptions(
  { logger, monitor, onFatal }: Pick<AppDeps, "logger" | "monitor" | "onFatal">,
): ClientOptions {
  return {
    ...(monitor && { onCommit: monitor.committed }),
    ...(onFatal && { onFatal }),
    onFailure: ({ message, hint }) =>
      logger.log({ msg: "store failed", fault: message, hint }),
  };
}

/**
 * Creates an app on an open store; closing the app closes the store.
 *
 * @param store The store; closed if the app cannot be created.
 * @param deps Logger and clock.
 * @throws {StoreError} If pending dispatches cannot be read.
 */
export async function createApp(
  config: Config,
  store: Store,
  deps: AppDeps,
): Promise<App> {
  try {
    return await makeApp(config, store, deps);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function makeApp(
  config: Config,
  store: Store,
  deps: AppDeps,
): Promise<App> {
  const { logger, handlers, clock = systemClock, isRevealing = false } = deps;
  const monitor = deps.monitor ?? new Monitor(clock);
  const subscriptions = createSubscriptions([
    ...config.destinations,
    ...(handlers ? [subscriptionOf(handlers)] : []),
  ]);
  const inboxId = crypto.randomUUID();
  const reader = store.openReader();
  await refuseLostKeys(reader, config);
  const dispatching = await startDispatching(config, store, {
    ...deps,
    inboxId,
  });
  store.onChange((change) => dispatching.wake(change));
  const view = {
    dispatching,
    subscriptions,
    monitor,
    isRevealing,
    ...(handlers && { handlers }),
  };
  const { startedBy = "a program" } = deps;
  const auditDeps = { logger, clock, startedBy };
  const { audit, endAudit } = await startAudit(config, auditDeps);
  const parts: LocalParts = { config, store, logger, clock, audit, ...view };
  const inFlight = new InFlight();
  const names = config.destinations.map(({ name }) => name);
  if (handlers) names.push(OWN_HANDLERS_NAME);
  const handle = await createPublicHandler(parts, inboxId, deps);
  const indexer = startLinkIndexer({ ...parts, reader });
  let stopped: Promise<void> | undefined;
  const stopDispatching = (timeoutMs: number) =>
    stopped ??= dispatching.stop(timeoutMs);
  return {
    handler: (request, info) =>
      inFlight.answer(() =>
        handle(request, {
          requestId: crypto.randomUUID(),
          remoteAddress: () =>
            "hostname" in info.remoteAddr ? info.remoteAddr.hostname : "",
          isStopping: () => inFlight.isStopping,
        })
      ),
    createLocal: () => createLocal(parts),
    pauses: async () => await unlessUnreadable(reader.pauses()) ?? [],
    replay: createReplayer({ ...parts, reader, destinations: names }),
    async drain(timeoutMs) {
      await Promise.all([inFlight.stop(), stopDispatching(timeoutMs)]);
    },
    async abort() {
      dispatching.abort();
      await stopDispatching(0);
    },
    async close() {
      await stopDispatching(0);
      await indexer.stop();
      reader.close();
      endAudit();
      return await store.close();
    },
  };
}

async function createPublicHandler(
  parts: LocalParts,
  inboxId: string,
  { onDelivery }: Pick<AppDeps, "onDelivery">,
): Promise<Handler> {
  const { config, store, subscriptions, monitor } = parts;
  const { secrets, allowedAddresses, toleranceSeconds } = config;
  const { logger, clock } = parts;
  return createHandler({
    isReady: createReadiness(store, clock),
    store,
    subscriptions,
    verifier: await createVerifier(secrets, { toleranceSeconds, clock }),
    secretFingerprints: await Promise.all(secrets.map(secretFingerprint)),
    isAllowed: allowedAddresses && addressCheck(allowedAddresses),
    trustedProxies: config.trustedProxies,
    inboxId,
    bodyBytesMax: config.bodyBytesMax,
    deadlineMs: DEADLINE_MS,
    clock,
    logger,
    ...(onDelivery && { onDelivery }),
    onRejected: monitor.rejected,
  });
}

/**
 * Starts a dispatcher, in its own thread unless there are no destinations, or something
 * cannot leave this one: event handlers of this program, or a store in memory.
 */
async function startDispatching(
  config: Config,
  store: Store,
  deps: AppDeps & { inboxId: string },
): Promise<Dispatching> {
  const { logger, clock = systemClock, isWatching = false, handlers } = deps;
  const { destinations, childEnvironment: environment } = config;
  const { inboxId } = deps;
  const { ticket } = store;
  const log = (entry: LogEntry) => logger.log(entry);
  if (destinations.length > 0 && !handlers && ticket) {
    const plan = {
      ticket,
      sealing: sealingOf(config),
      destinations,
      inboxId,
      environment,
      isWatching,
    };
    const options = { ...clientOptions(deps), log };
    const dispatcher = new ThreadedDispatcher(plan, options);
    // Modules are loaded before the first event; URLs need no wait.
    const kinds = destinations.map(({ target }) => target.kind);
    if (kinds.includes("module")) await dispatcher.started;
    return dispatcher;
  }
  const dispatcher = await createDispatcher(destinations, {
    outboxes: store.openOutboxes(clientOptions(deps)),
    log,
    clock,
    isWatching,
    environment,
    inboxId,
    ownEntries: handlers ? [ownEntry(handlers)] : [],
  });
  await dispatcher.start();
  return dispatcher;
}

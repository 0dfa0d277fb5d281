/**
 * Puts the parts together: the only place that knows which ones there are.
 *
 * @module
 */

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
import type { LogEntry, Logger } from "../log.ts";
import { Monitor } from "../monitor/monitor.ts";
import { createReplayer, type Replayer } from "./replayer.ts";
import { secretFingerprint } from "../secret_fingerprint.ts";
import { createVerifier } from "../persona/signature.ts";
import { ThreadedDispatcher } from "./threaded_dispatcher.ts";
import type { Config } from "../config/settings.ts";
import { openStore } from "../store/open_store.ts";
import type { ClientOptions, Store, StoreFault } from "../store/store.ts";

/** What an app is given. */
export interface AppDeps {
  logger: Logger;
  /** @default {systemClock} */
  clock?: Clock;
  /** Whether modules of the user's are loaded anew when they change. */
  isWatching?: boolean;
  /** Code of this program that gets events, too. */
  handlers?: EventHandlers;
  /** Keeps an eye on all of it. */
  monitor?: Monitor;
  /** Whether the local listener shows payloads unmasked. */
  isRevealing?: boolean;
  /** Told of each delivery before it is stored or refused; without a body if refused. */
  onDelivery?: (headers: Headers, body: Uint8Array | null) => void;
  /** Told when the process must end, without closing the store: see {@linkcode ClientOptions}. */
  onFatal?: (fault: StoreFault) => void;
}

/** Answers requests, with a store behind it and destinations behind that. */
export interface App {
  /** For `Deno.serve`. */
  handler: Deno.ServeHandler;
  /** Makes the handler of the local listener. */
  createLocal(): LocalListener;
  /** Replays events. */
  readonly replay: Replayer;
  /**
   * From now on refuses deliveries and begins no attempt; resolves when what was
   * begun is over.
   *
   * @param timeoutMs How long attempts may take; later ones are broken off.
   */
  refuse(timeoutMs: number): Promise<void>;
  /** Begins no attempt and breaks off those under way; resolves when they are over. */
  abort(): Promise<void>;
  /** Waits for what is left of that, and closes the store: see {@linkcode Store.close}. */
  close(): Promise<boolean>;
}

/**
 * Opens the store that the settings name, to receive.
 *
 * @param config The settings.
 * @param deps Who is told of commits and failures.
 * @returns The store.
 * @throws {StoreError} When it cannot be opened.
 */
export function openConfiguredStore(
  config: Config,
  deps: Pick<AppDeps, "logger" | "monitor" | "onFatal">,
): Promise<Store> {
  const { logger } = deps;
  return openStore(config.storeUrl, {
    ...clientOptions(deps),
    bodyBytesMax: config.bodyBytesMax,
    onLogFault: (fault) =>
      logger.log(
        fault
          ? { msg: "checkpoint failed", fault: fault.message, hint: fault.hint }
          : { msg: "checkpoint works again" },
      ),
  });
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
 * Makes an app on an open store; closing the app closes the store.
 *
 * @param config The settings.
 * @param store Where deliveries go; closed when there is no app to do it.
 * @param deps Logger and clock.
 * @returns The app.
 * @throws {StoreError} When it cannot be read what is to be dispatched.
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
  const dispatching = await startDispatching(config, store, {
    ...deps,
    inboxId,
  });
  store.onChange((change) => dispatching.wake(change));
  const view = { dispatching, subscriptions, monitor, isRevealing };
  const parts: LocalParts = { config, store, logger, clock, ...view };
  const inFlight = new InFlight();
  const reader = store.openReader();
  const names = config.destinations.map(({ name }) => name);
  if (handlers) names.push(OWN_HANDLERS_NAME);
  const handle = await createPublicHandler(parts, inboxId, deps);
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
    replay: createReplayer({ ...parts, reader, destinations: names }),
    async refuse(timeoutMs) {
      await Promise.all([inFlight.stop(), stopDispatching(timeoutMs)]);
    },
    async abort() {
      dispatching.abort();
      await stopDispatching(0);
    },
    async close() {
      await stopDispatching(0);
      reader.close();
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
 * A thread of its own for the destinations, unless there are none, or something that
 * cannot leave this one: event handlers of this program, or the store itself.
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
      destinations,
      inboxId,
      environment,
      isWatching,
    };
    const options = { ...clientOptions(deps), log };
    const dispatcher = new ThreadedDispatcher(plan, options);
    // The first event does not wait for a module to be loaded; no URL is worth waiting.
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

// The composition root: the only file that knows all parts.

import { addressCheck } from "../config/addresses.ts";
import { type Clock, systemClock } from "../clock.ts";
import { createSubscriptions } from "../dispatch/subscriptions.ts";
import { OWN_HANDLERS_NAME } from "../config/destination_members.ts";
import type { EventHandlers } from "../destinations/handlers.ts";
import { digestDestinations } from "./digest_destinations.ts";
import { subscriptionOf } from "./own_handlers.ts";
import { DEADLINE_MS, Deadlines } from "../http/deadlines.ts";
import { createReadiness } from "../http/readiness.ts";
import { contextOf, type Handler } from "../http/router.ts";
import { createHandler } from "../http/routes.ts";
import { InFlight } from "../http/in_flight.ts";
import type { LocalParts } from "./local_app.ts";
import { ReloadableLocal } from "./reloadable_local.ts";
import { startDeferredErasures } from "./deferred_erasures.ts";
import { PersonEraser } from "./eraser.ts";
import { Holder } from "./holder.ts";
import { startLinkIndexer } from "./link_indexer.ts";
import type { Logger } from "../log.ts";
import { Monitor } from "../monitor/monitor.ts";
import { Newsroom } from "./newsroom.ts";
import { createReplayer, type Replayer } from "../dispatch/replay.ts";
import { startRetention } from "./retention.ts";
import { secretFingerprint } from "../secret_fingerprint.ts";
import { keptByRule } from "../persona/retention_policy.ts";
import { createVerifier } from "../persona/signature.ts";
import { changesInWords } from "./settings_in_words.ts";
import { createLinkTokens, linksOfEvent } from "../store/links.ts";
import { audited } from "../store/audited.ts";
import { startAudit } from "./start_audit.ts";
import { openSealedStore, refuseLostKeys } from "./open_sealed.ts";
import { startDispatching, targetsOf } from "./start_dispatching.ts";
import { Turns } from "./turns.ts";
import type { Config } from "../config/settings.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { ReloadResult } from "../views/reload_result.ts";
import type { Pause } from "../store/outbox.ts";
import type { Store, StoreOptions } from "../store/store.ts";
import type { ClientOptions } from "../store/client_options.ts";
import type { StoreFault } from "../store/store_fault.ts";

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
  /** Reloads the settings; without it, the local listener cannot be asked to. */
  requestReload?: () => Promise<ReloadResult>;
  /** Called with each delivery before it is stored or rejected; without a body if rejected. */
  onDelivery?: (headers: Headers, body: Uint8Array | null) => void;
  /**
   * The user or program that started it, for the audit trail.
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
  createLocal(): ReloadableLocal;
  /**
   * Goes on with other settings, those of the store and the listeners aside. Requests and
   * attempts in progress end with the old ones.
   *
   * @param changed The names of settings that changed, for the audit trail.
   * @throws {StoreError} If that cannot be recorded: then nothing has changed.
   */
  reload(config: Config, changed: readonly string[]): Promise<void>;
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
 * @throws {StoreError} If it cannot be opened.
 */
export async function openConfiguredStore(
  config: Config,
  deps:
    & Pick<AppDeps, "logger" | "monitor" | "onFatal">
    & Pick<StoreOptions, "rebuildsErasureLog">,
): Promise<Store> {
  const { logger, rebuildsErasureLog = false } = deps;
  const onWarning = ({ message, hint }: StoreFault) =>
    logger.log({ msg: "settings warning", warning: message, hint });
  const store = await openSealedStore(config, {
    ...clientOptions(deps),
    onWarning,
    rebuildsErasureLog,
    bodyBytesMax: config.bodyBytesMax,
    onLogFault: (fault) =>
      logger.log(
        fault
          ? { msg: "checkpoint failed", fault: fault.message, hint: fault.hint }
          : { msg: "checkpoint works again" },
      ),
    onDisagreement: (fault) =>
      logger.log(
        fault
          ? {
            msg: "destinations differ",
            fault: fault.message,
            hint: fault.hint,
          }
          : { msg: "destinations agree" },
      ),
  });
  for (const warning of store.warnings) onWarning(warning);
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
  const { logger, clock = systemClock } = deps;
  const monitor = deps.monitor ?? new Monitor(clock);
  const inboxId = crypto.randomUUID();
  await refuseLostKeys(store, config);
  const reader = store.openReader();
  const dispatchingDeps = { ...deps, inboxId, client: clientOptions(deps) };
  const dispatching = await startDispatching(config, store, dispatchingDeps);
  store.onChange((change) => dispatching.wake(change));
  const { startedBy = "a program" } = deps;
  const auditDeps = { logger, clock, store, startedBy };
  const { audit, endAudit } = await startAudit(config, auditDeps);
  const own = { inboxId, turns: new Turns() };
  const shared = { store, logger, clock, dispatching, monitor, audit, ...own };
  const inFlight = new InFlight();
  const deadlines = new Deadlines(DEADLINE_MS, { keepsTimer: true });
  const ownDeps = { ...deps, reader, deadlines };
  let current = await makeGeneration(config, shared, ownDeps);
  let local: ReloadableLocal | undefined;
  const settings = () => current.parts;
  const background = startBackground(reader, settings);
  let stopped: Promise<void> | undefined;
  const stopDispatching = (timeoutMs: number) =>
    stopped ??= dispatching.stop(timeoutMs);
  return {
    handler: (request, info) =>
      inFlight.answer(() =>
        current.handle(request, contextOf(info, () => inFlight.isStopping))
      ),
    createLocal: () => local = new ReloadableLocal(current.parts),
    async reload(config, changed) {
      const act = { act: "settings", by: startedBy, subject: null } as const;
      const before = current.parts.config;
      const detail = await changesInWords(before, config, changed);
      await audited(async () => {
        const next = await makeGeneration(config, shared, ownDeps);
        // The new destinations first: an event for them finds them there.
        if (!stopped) await dispatching.reload(targetsOf(config));
        current = next;
        local?.reload(next.parts);
        background.reload();
      }, {
        audit: (entry) => audit.append(entry, clock.nowMs()),
        entry: { ...act, detail },
      });
    },
    pauses: async () => await unlessUnreadable(reader.pauses()) ?? [],
    replay: (...request) => current.replay(...request),
    async drain(timeoutMs) {
      await Promise.all([inFlight.stop(), stopDispatching(timeoutMs)]);
      deadlines.rest();
    },
    async abort() {
      dispatching.abort();
      await stopDispatching(0);
    },
    async close() {
      await stopDispatching(0);
      await background.stop();
      reader.close();
      deadlines.rest();
      void endAudit();
      return await store.close();
    },
  };
}

/** Starts the background work beside receiving and dispatching. */
function startBackground(reader: EventReader, settings: () => LocalParts) {
  const indexer = startLinkIndexer(reader, settings);
  const retention = startRetention(reader, settings);
  const stopDeferred = startDeferredErasures(settings);
  const newsroom = new Newsroom({ ...settings(), reader, settings });
  return {
    reload: () => retention.wake(),
    async stop() {
      await newsroom.stop();
      await indexer.stop();
      await retention.stop();
      await stopDeferred();
    },
  };
}

/** All that depends on the settings. */
interface Generation {
  readonly parts: LocalParts;
  readonly handle: Handler;
  readonly replay: Replayer;
}

/** Dependencies that all generations share, beside the parts that are shown. */
type OwnDeps = AppDeps & { reader: EventReader; deadlines: Deadlines };

async function makeGeneration(
  config: Config,
  shared:
    & Omit<
      LocalParts,
      "config" | "subscriptions" | "isRevealing" | "eraser" | "holder"
    >
    & { inboxId: string; turns: Turns },
  deps: OwnDeps,
): Promise<Generation> {
  const { handlers, isRevealing = false, requestReload, reader } = deps;
  const subscribers = [
    ...config.destinations,
    ...(handlers ? [subscriptionOf(handlers)] : []),
  ];
  const subscriptions = createSubscriptions(subscribers);
  const digests = await digestDestinations(subscribers);
  await shared.store.publishDestinations(digests);
  const eraser = new PersonEraser({
    ...shared,
    reader,
    subscriptions,
    policy: config,
  });
  const erasesRedacted = config.onRedacted === "erase";
  const parts: LocalParts = {
    ...shared,
    config,
    subscriptions,
    eraser,
    holder: new Holder({ ...shared, reader, eraser, erasesRedacted }),
    isRevealing,
    ...(handlers && { handlers }),
    ...(requestReload && { requestReload }),
  };
  const destinations = config.destinations.map(({ name }) => name);
  if (handlers) destinations.push(OWN_HANDLERS_NAME);
  return {
    parts,
    handle: await createPublicHandler(parts, shared.inboxId, deps),
    replay: createReplayer({ ...parts, reader, destinations }),
  };
}

async function createPublicHandler(
  parts: LocalParts,
  inboxId: string,
  { onDelivery, deadlines, reader }: Pick<
    OwnDeps,
    "onDelivery" | "deadlines" | "reader"
  >,
): Promise<Handler> {
  const { config, store, subscriptions, monitor } = parts;
  const { secrets, allowedAddresses, toleranceSeconds } = config;
  const { logger, clock } = parts;
  const tokensOf = createLinkTokens(await reader.linkProgress());
  return createHandler({
    isReady: createReadiness(store, clock),
    store,
    subscriptions,
    verifier: await createVerifier(secrets, { toleranceSeconds, clock }),
    secretFingerprints: await Promise.all(secrets.map(secretFingerprint)),
    isAllowed: allowedAddresses && addressCheck(allowedAddresses),
    trustedProxies: config.trustedProxies,
    isKept: (event) =>
      keptByRule(config, event, event.receivedAtMs) !== undefined,
    linkTokens: (event) => linksOfEvent(event).links.flatMap(tokensOf),
    inboxId,
    bodyBytesMax: config.bodyBytesMax,
    deadlines,
    clock,
    logger,
    ...(onDelivery && { onDelivery }),
    onRejected: monitor.rejected,
  });
}

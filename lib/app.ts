/**
 * Puts the parts together: the only place that knows which ones there are.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { addressCheck } from "./addresses.ts";
import { type Clock, systemClock } from "./clock.ts";
import { StoreError } from "./errors.ts";
import { createReadiness } from "./http/readiness.ts";
import { createReceiver } from "./http/receive.ts";
import { createHandler } from "./http/routes.ts";
import type { Logger } from "./log.ts";
import { createVerifier } from "./persona/signature.ts";
import type { Config } from "./settings.ts";
import { openSqliteReader } from "./store/sqlite_reader.ts";
import { openSqliteStore } from "./store/sqlite_store.ts";
import type { EventReader, Store } from "./store/store.ts";

/** From a request to its answer. Persona gives up after 5 s, the way included. */
const DEADLINE_MS = 4_200;

/** What an app is given. */
export interface AppDeps {
  logger: Logger;
  /** @default {systemClock} */
  clock?: Clock;
}

/** Answers requests, with a store behind it. */
export interface App {
  /** For `Deno.serve`. */
  handler: Deno.ServeHandler;
  /** From now on refuses deliveries; resolves when what was begun is answered. */
  refuse(): Promise<void>;
  /** Finishes what was begun and closes the store. */
  close(): Promise<void>;
}

/**
 * Opens the store that the settings name.
 *
 * @param config The settings.
 * @param logger Told of every failure to store.
 * @returns The store.
 * @throws {StoreError} When it cannot be opened.
 */
export function openStore(config: Config, logger: Logger): Promise<Store> {
  return openSqliteStore(config.storePath, {
    bodyBytesMax: config.bodyBytesMax,
    onFailure: ({ message, hint }) =>
      logger.log({ msg: "store failed", fault: message, hint }),
  });
}

/**
 * Opens the store that the settings name, to look into it.
 *
 * @param config The settings.
 * @returns The reader.
 * @throws {StoreError} When there is none, or it is none of ours.
 */
export function openReader(config: Config): EventReader {
  if (config.storePath === ":memory:") {
    throw new StoreError(
      "Cannot look into store as it must be a file: current value is sqlite::memory:",
      "Name the store of the server, as in --store sqlite:data/inbox.db",
    );
  }
  return openSqliteReader(config.storePath);
}

/**
 * Makes an app on an open store; closing the app closes the store.
 *
 * @param config The settings.
 * @param store Where deliveries go.
 * @param deps Logger and clock.
 * @returns The app.
 */
export async function createApp(
  config: Config,
  store: Store,
  deps: AppDeps,
): Promise<App> {
  const { logger, clock = systemClock } = deps;
  const { secrets, allowedAddresses, toleranceSeconds } = config;
  let stopping = false;
  let unanswered = 0;
  const answered = Promise.withResolvers<void>();
  const handle = createHandler({
    receive: createReceiver({
      store,
      verifier: await createVerifier(secrets, { toleranceSeconds, clock }),
      secretFingerprints: await Promise.all(secrets.map(fingerprint)),
      isAllowed: allowedAddresses && addressCheck(allowedAddresses),
      trustedProxies: config.trustedProxies,
      bodyBytesMax: config.bodyBytesMax,
      deadlineMs: DEADLINE_MS,
      clock,
      logger,
    }),
    isReady: createReadiness(store, clock),
    logger,
  });
  return {
    async handler(request, info) {
      const isAwaited = !stopping;
      if (isAwaited) unanswered++;
      try {
        return await handle(request, {
          requestId: crypto.randomUUID(),
          remoteAddress: () =>
            "hostname" in info.remoteAddr ? info.remoteAddr.hostname : "",
          isStopping: () => stopping,
        });
      } finally {
        if (isAwaited && --unanswered === 0 && stopping) answered.resolve();
      }
    },
    refuse() {
      stopping = true;
      if (unanswered === 0) answered.resolve();
      return answered.promise;
    },
    close: () => store.close(),
  };
}

/** Enough to tell secrets apart, too little to find one. */
async function fingerprint(secret: string): Promise<string> {
  const bytes = new TextEncoder().encode(secret);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return encodeHex(digest).slice(0, 8);
}

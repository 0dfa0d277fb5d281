// The start of a server in its log: its addresses, its destinations, and likely
// mistakes in its settings.

import { resolve } from "node:path";
import { ownDestinations } from "../config/own_destinations.ts";
import type { DestinationConfig } from "../destinations/destination_config.ts";
import { LISTED_MAX, type Logger, type ReceivingEntry } from "../log.ts";
import { policyTexts } from "../persona/retention_policy.ts";
import type { Pause } from "../store/outbox.ts";
import { locateStore } from "../store/open_store.ts";
import { VERSION } from "../version.ts";
import type { CheckedConfig } from "./check_targets.ts";
import type { Listening } from "./listen.ts";

/**
 * Logs the start.
 *
 * @param state The public listener, the local one unless it is off, and what is paused.
 */
export function logStart(
  { listening, local, pauses }: {
    listening: Listening;
    local: Listening | undefined;
    pauses: readonly Pause[];
  },
  config: CheckedConfig,
  logger: Logger,
): void {
  const { storeUrl, secrets, destinations, proxyVariables, warnings } = config;
  const { file, shown } = locateStore(storeUrl);
  const { port, url } = listening;
  const paused = new Set(pauses.map(({ destination }) => destination));
  logger.log({
    msg: "listening",
    port,
    webhookUrl: `${url}/webhook`,
    localUrl: local ? `${local.url}/` : null,
    store: file === null ? shown : `sqlite:${resolve(file)}`,
    secrets: secrets.length,
    destinations: destinations.slice(0, LISTED_MAX).map((destination) => ({
      ...receiving(destination, config.moduleKeys.get(destination.name)),
      ...(paused.has(destination.name) && { paused: true as const }),
    })),
    retention: policyTexts(config).slice(0, LISTED_MAX),
    version: VERSION,
  });
  if (secrets.length === 0) {
    logger.log({ msg: "accepting unsigned deliveries" });
  }
  if (proxyVariables.length > 0) {
    logger.log({ msg: "proxy in use", variables: proxyVariables });
  }
  const addresses = [listening, ...(local ? [local] : [])].map(addressOf);
  const own = ownDestinations(destinations, addresses);
  for (const { summary, hint } of [...warnings, ...own]) {
    logger.log({ msg: "settings warning", warning: summary, hint });
  }
}

function addressOf({ port, url }: Listening) {
  return { port, hostname: new URL(url).hostname.replace(/^\[|\]$/g, "") };
}

function receiving(
  { name, events, filter }: DestinationConfig,
  keys: readonly string[] = [],
): ReceivingEntry {
  // A module that is sent everything handles only what its keys match.
  const isByKeys = events.includes("*") && keys.length > 0;
  return {
    name,
    events: (isByKeys ? keys : events).slice(0, LISTED_MAX),
    filtered: filter !== null,
  };
}

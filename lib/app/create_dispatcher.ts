/**
 * Puts a dispatcher together, in whichever thread.
 *
 * @module
 */

import { systemClock, systemTimer } from "../clock.ts";
import { createDestination } from "../destinations/create_destination.ts";
import { reloadOnChange } from "../destinations/reload_on_change.ts";
import type {
  ChildEnvironment,
  DestinationConfig,
} from "../destinations/destination_config.ts";
import {
  type DestinationEntry,
  Dispatcher,
  type DispatcherDeps,
} from "../dispatch/dispatcher.ts";
import { tracedDestination } from "./traced_destination.ts";
import { tracedFetch } from "../tracing/traced_fetch.ts";

/** What {@linkcode createDispatcher} is given. */
export interface CreateDispatcherDeps
  extends
    Pick<DispatcherDeps, "outboxes" | "log">,
    Partial<Pick<DispatcherDeps, "clock" | "setTimer" | "random">> {
  /** Whether modules are loaded anew when they change. */
  readonly isWatching?: boolean;
  /** The environment of commands and modules; the inherited one unless given. */
  readonly environment?: ChildEnvironment;
  /** Marks what is forwarded. */
  readonly inboxId?: string;
  /** Destinations that are no settings. */
  readonly ownEntries?: readonly DestinationEntry[];
}

/**
 * Makes a dispatcher; it has still to be started.
 *
 * @param destinations The destinations of the settings.
 * @param deps The store and the rest of the world.
 * @returns The dispatcher.
 */
export async function createDispatcher(
  destinations: readonly DestinationConfig[],
  deps: CreateDispatcherDeps,
): Promise<Dispatcher> {
  const { clock = systemClock, setTimer = systemTimer } = deps;
  const { random = Math.random, isWatching = false, ownEntries = [] } = deps;
  const { outboxes, log, inboxId, environment = {} } = deps;
  const made = await Promise.all(destinations.map(async (config) => {
    const options = {
      clock,
      environment,
      ...(inboxId !== undefined && { inboxId }),
      fetch: tracedFetch(),
    };
    const destination = await createDestination(config, options);
    const { target } = config;
    const isWatched = isWatching && target.kind === "module" &&
      "load" in destination;
    return {
      config: { ...config, isLocal: target.kind !== "http" },
      destination: isWatched
        ? await reloadOnChange(destination, target.path)
        : destination,
    };
  }));
  const traced = [...made, ...ownEntries].map(({ config, destination }) => ({
    config,
    destination: tracedDestination(destination, config.name),
  }));
  return new Dispatcher(traced, {
    outboxes,
    log,
    clock,
    setTimer,
    random,
  });
}

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
import type { LoadedModule } from "../destinations/module_process.ts";
import type { LogEntry } from "../log.ts";
import { moduleFaults } from "./module_faults.ts";
import { tracedDestination } from "./traced_destination.ts";
import { tracedFetch } from "../tracing/traced_fetch.ts";

/** Dependencies of {@linkcode createDispatcher}. */
export interface CreateDispatcherDeps
  extends
    Pick<DispatcherDeps, "outboxes" | "log">,
    Partial<Pick<DispatcherDeps, "clock" | "setTimer" | "random">> {
  /** Reloads modules when they change. */
  readonly isWatching?: boolean;
  /** The environment of commands and modules; inherited by default. */
  readonly environment?: ChildEnvironment;
  /** The id sent with forwarded events. */
  readonly inboxId?: string;
  /** Destinations beside those of the settings. */
  readonly ownEntries?: readonly DestinationEntry[];
}

/**
 * Creates a dispatcher, not yet started.
 *
 * @param deps The store and other dependencies.
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
      onModuleEnd: (exit: string) =>
        log({ msg: "module ended", destination: config.name, exit }),
    };
    const destination = await createDestination(config, options);
    const { target } = config;
    const isWatched = isWatching && target.kind === "module" &&
      "load" in destination;
    return {
      config: { ...config, isLocal: target.kind !== "http" },
      destination: isWatched
        ? await reloadOnChange(
          destination,
          target.path,
          (loaded) => reloadWarnings(config.name, loaded).forEach(log),
        )
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

function reloadWarnings(destination: string, loaded: LoadedModule): LogEntry[] {
  return moduleFaults(loaded).map(({ summary, hint }) => ({
    msg: "settings warning",
    warning: loaded.ok
      ? `Dispatching to ${destination}: ${summary}`
      : `Cannot dispatch to ${destination}: its module ${summary}`,
    hint,
  }));
}

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

/** The destinations of the settings, and the environment of commands and modules. */
export interface DispatchTargets {
  readonly destinations: readonly DestinationConfig[];
  readonly environment: ChildEnvironment;
}

/** Dependencies of {@linkcode createDispatcher}. */
export interface CreateDispatcherDeps
  extends
    Pick<DispatcherDeps, "outboxes" | "log">,
    Partial<Pick<DispatcherDeps, "clock" | "setTimer" | "random">> {
  /** Reloads modules when they change. */
  readonly isWatching?: boolean;
  /** The id sent with forwarded events. */
  readonly inboxId?: string;
  /** Destinations beside those of the settings. */
  readonly ownEntries?: readonly DestinationEntry[];
}

/** A dispatcher to the destinations of settings that may change. */
export class ConfiguredDispatcher extends Dispatcher {
  readonly #deps: CreateDispatcherDeps;
  #targets: DispatchTargets;

  constructor(
    entries: readonly DestinationEntry[],
    targets: DispatchTargets,
    deps: CreateDispatcherDeps,
  ) {
    super(entries, {
      ...deps,
      clock: deps.clock ?? systemClock,
      setTimer: deps.setTimer ?? systemTimer,
      random: deps.random ?? Math.random,
    });
    this.#targets = targets;
    this.#deps = deps;
  }

  /** Replaces the destinations that differ. */
  async reload(targets: DispatchTargets): Promise<void> {
    const before = keysOf(this.#targets);
    const after = keysOf(targets);
    const isChanged = (name: string) => before.get(name) !== after.get(name);
    const added = targets.destinations.filter(({ name }) => isChanged(name));
    const entries = await entriesOf(
      { ...targets, destinations: added },
      this.#deps,
    );
    this.#targets = targets;
    this.replace([...before.keys()].filter(isChanged), entries);
  }
}

/** Creates a dispatcher, not yet started. */
export async function createDispatcher(
  targets: DispatchTargets,
  deps: CreateDispatcherDeps,
): Promise<ConfiguredDispatcher> {
  const { ownEntries = [] } = deps;
  const own = ownEntries.map(traced);
  const entries = [...await entriesOf(targets, deps), ...own];
  return new ConfiguredDispatcher(entries, targets, deps);
}

/** All that a destination depends on, by its name. */
function keysOf(
  { destinations, environment }: DispatchTargets,
): ReadonlyMap<string, string> {
  return new Map(destinations.map((config) => {
    const isOurs = config.target.kind === "http";
    return [
      config.name,
      JSON.stringify(isOurs ? config : [config, environment]),
    ];
  }));
}

function entriesOf(
  { destinations, environment }: DispatchTargets,
  deps: CreateDispatcherDeps,
): Promise<DestinationEntry[]> {
  const { clock = systemClock, isWatching = false, log, inboxId } = deps;
  return Promise.all(destinations.map(async (config) => {
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
    return traced({
      config: { ...config, isLocal: target.kind !== "http" },
      destination: isWatched
        ? await reloadOnChange(
          destination,
          target.path,
          (loaded) => reloadWarnings(config.name, loaded).forEach(log),
        )
        : destination,
    });
  }));
}

function traced({ config, destination }: DestinationEntry): DestinationEntry {
  return { config, destination: tracedDestination(destination, config.name) };
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

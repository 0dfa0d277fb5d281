import { assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load_config.ts";
import { UsageError } from "../../lib/errors.ts";
import { configSources, type FakeSources } from "./config_sources.ts";

/** Where settings stand in a test of destinations. */
export interface DestinationOptions extends FakeSources {
  isStandalone?: boolean;
}

function sourcesOf(destinations: unknown, options: DestinationOptions = {}) {
  const { isStandalone = false, files, ...rest } = options;
  const text = JSON.stringify({ destinations });
  const sources = { ...rest, files: { "inbox.json": text, ...files } };
  return { ...configSources(sources), isStandalone };
}

/** Loads settings with these destinations in `inbox.json`. */
export function loadDestinations(
  destinations: unknown,
  options?: DestinationOptions,
) {
  return loadConfig("dev", sourcesOf(destinations, options)).destinations;
}

/** What is wrong with these destinations in `inbox.json`. */
export function destinationFaults(
  destinations: unknown,
  options?: DestinationOptions,
): string[] {
  const error = assertThrows(
    () => loadDestinations(destinations, options),
    UsageError,
  );
  return [...error.faults];
}

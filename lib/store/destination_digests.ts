// The word that servers that share a store give each other of their destinations.

import type { StoreFault } from "./store_fault.ts";

/** Digests of the events, filter and order of destinations, by name. */
export type DestinationDigests = Readonly<Record<string, string>>;

/**
 * Compares the destinations of servers.
 *
 * @param all Those of each server.
 * @returns The destinations that are not the same everywhere; null if all are.
 */
export function findDisagreement(
  all: readonly DestinationDigests[],
): StoreFault | null {
  const names = [...new Set(all.flatMap((digests) => Object.keys(digests)))]
    .sort();
  const isEverywhere = (name: string) =>
    all.every((digests) => Object.hasOwn(digests, name));
  const missing = names.filter((name) => !isEverywhere(name));
  const different = names.filter((name) =>
    isEverywhere(name) && new Set(all.map((digests) => digests[name])).size > 1
  );
  const faults = [
    ...missing.length > 0 ? [`not all have ${missing.join(", ")}`] : [],
    ...different.length > 0
      ? [`events, filter or order differ for ${different.join(", ")}`]
      : [],
  ];
  return faults.length === 0 ? null : {
    message: `the servers that share the store have different destinations: ${
      faults.join("; ")
    }`,
    hint:
      "Give all of them the same destinations: an event is dispatched to those of the server that receives it",
  };
}

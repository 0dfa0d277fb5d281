import type { DestinationConfig } from "../destinations/destination_config.ts";
import { secretFingerprint } from "../secret_fingerprint.ts";
import type { DestinationDigests } from "../store/destination_digests.ts";

/** Digests what decides which events a destination receives, and in which order. */
export async function digestDestinations(
  destinations: readonly (
    & Pick<DestinationConfig, "name" | "events" | "filter">
    & Partial<Pick<DestinationConfig, "order">>
  )[],
): Promise<DestinationDigests> {
  const digests = destinations.map(
    async ({ name, events, filter, order = null }) => {
      const text = JSON.stringify([events.toSorted(), filter, order]);
      return [name, await secretFingerprint(text)] as const;
    },
  );
  return Object.fromEntries(await Promise.all(digests));
}

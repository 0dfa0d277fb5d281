import type { DestinationConfig } from "../destinations/destination_config.ts";
import type { SettingWarning } from "./settings.ts";
import { isThisMachine } from "./this_machine.ts";

/** An address that the inbox listens on. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Finds the destinations whose URL leads back to one of the inbox's own listeners. Their
 * events would come back, count as duplicates, and go nowhere.
 *
 * @param destinations The destinations of the settings.
 * @param addresses Where the inbox listens, with the ports in use.
 */
export function ownDestinations(
  destinations: readonly DestinationConfig[],
  addresses: readonly ListenAddress[],
): SettingWarning[] {
  return destinations.flatMap(({ name, target }) => {
    if (target.kind !== "http") return [];
    const url = new URL(target.url);
    const hostname = url.hostname.replace(/^\[|\]$|\.$/g, "");
    const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
    const own = addresses.find((address) =>
      address.port === port &&
      (address.hostname === hostname || isThisMachine(url))
    );
    return own === undefined ? [] : [{
      summary:
        `destination ${name} is this inbox itself, on port ${port}: its events go nowhere`,
      hint: `Set the url of ${name} to where your own code listens`,
    }];
  });
}

import { didYouMean } from "../persona/nearest_name.ts";

/** Says that there is no such destination, and which one was meant. */
export function unknownDestination(
  name: string,
  known: readonly string[],
): string {
  const all = known.length === 0
    ? 'There are none: set INBOX_FORWARD_URL, or "destinations" in inbox.json'
    : `Destinations: ${known.join(", ")}`;
  return `Unknown destination "${name}".${
    didYouMean(name, known) || ` ${all}`
  }`;
}

import { didYouMean } from "../persona/nearest_name.ts";
import { PROGRAM_NAME } from "../program_name.ts";

/** Says that a destination is paused or resumed by a command. */
export function pausedText(destination: string, isPaused: boolean): string {
  return isPaused
    ? `${destination} is paused: its dispatches wait until ${PROGRAM_NAME} resume ${destination}`
    : `${destination} is resumed`;
}

/** Says that there is no such destination, and which one was meant. */
export function unknownDestination(
  name: string,
  known: readonly string[],
): string {
  const all = known.length === 0
    ? "There are none in the settings"
    : `Destinations: ${known.join(", ")}`;
  return `Unknown destination "${name}".${
    didYouMean(name, known) || ` ${all}`
  }`;
}

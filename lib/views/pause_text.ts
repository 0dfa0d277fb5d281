import { PROGRAM_NAME } from "../program_name.ts";

/** Says that a destination is paused or resumed by a command. */
export function pausedText(destination: string, isPaused: boolean): string {
  return isPaused
    ? `${destination} is paused: its dispatches wait until ${PROGRAM_NAME} resume ${destination}`
    : `${destination} is resumed`;
}

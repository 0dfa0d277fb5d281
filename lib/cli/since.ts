// Flags that are points in time.

import { parseSince, SINCE_KIND } from "../since.ts";
import type { Args } from "./command.ts";

/**
 * Reads such a flag.
 *
 * @param args The arguments; told of a fault.
 * @returns Milliseconds since the Unix epoch; nothing if it was not given, or wrong.
 */
export function readSince(args: Args, flag: string): number | undefined {
  const text = args.get(flag);
  if (text === undefined) return undefined;
  const timeMs = parseSince(text, Date.now());
  if (timeMs === undefined) {
    args.faults.push(
      `Cannot use --${flag} as it must be ${SINCE_KIND}: current value is ${text}`,
    );
  }
  return timeMs;
}

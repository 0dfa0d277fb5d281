/**
 * What user code threw, as text.
 *
 * @module
 */

import { inspect } from "node:util";
import { headOf } from "./output.ts";

/**
 * Describes what was thrown: an error with its stack and causes.
 *
 * @param thrown Anything, as anything can be thrown.
 * @returns At most as much as is kept with an attempt; may hold personal data.
 */
export function describeThrown(thrown: unknown): string {
  try {
    return headOf(thrown instanceof Error ? inspect(thrown) : String(thrown));
  } catch {
    return "Something without a text"; // `String()` runs its code.
  }
}

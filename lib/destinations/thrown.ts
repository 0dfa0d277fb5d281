/**
 * What user code threw, as text.
 *
 * @module
 */

import { headOf } from "./output.ts";

/**
 * Describes what was thrown: of an error its name and message, no stack.
 *
 * @param thrown Anything, as anything can be thrown.
 * @returns At most as much as is kept with an attempt; may hold personal data.
 */
export function describeThrown(thrown: unknown): string {
  try {
    return headOf(String(thrown));
  } catch {
    return "Something without a text"; // `String()` runs its code.
  }
}

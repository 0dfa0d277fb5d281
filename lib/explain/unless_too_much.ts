/**
 * Hostile bodies: values too deep for a stack, strings too long for a regular
 * expression. The engine says both by a `RangeError`.
 *
 * @module
 */

/** What a function makes, or null where that is too much for the engine. */
export function unlessTooMuch<Value>(make: () => Value): Value | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * Which values of a payload tell of a person, and what stands for them.
 *
 * @module
 */

import type { JsonValue } from "./json.ts";
import type { JsonScalar } from "./map_json.ts";
import { parseTimestamp } from "./timestamp.ts";

/** An opaque id or a name of a type or status: no spaces, no `@`. */
const WORD = /^[A-Za-z][\w./-]{0,63}$/;

/** Keys whose value says what happened and when, but not to whom. */
const STATUS_KEY = /^(?:status|(?:account|check|match)(?:[-_]status|Status))$/;
const TIME_KEY = /.(?:-at|_at|At)$/;

/**
 * Masks one value.
 *
 * @param scalar The value.
 * @param key The nearest key above it.
 * @returns The value itself where it may be seen, else its kind and length.
 */
export function maskScalar(scalar: JsonScalar, key: string): JsonValue {
  if (scalar === null || (typeof scalar === "string" && stays(scalar, key))) {
    return scalar;
  }
  return typeof scalar === "string"
    ? `<string ${scalar.length}>`
    : `<${typeof scalar}>`;
}

function stays(text: string, key: string): boolean {
  if (TIME_KEY.test(key)) return parseTimestamp(text) !== null;
  const isNamed = key === "id" || key === "type" || STATUS_KEY.test(key);
  return isNamed && WORD.test(text);
}

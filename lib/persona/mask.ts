/**
 * A payload without the person in it: the shape stays, what it says goes.
 *
 * ```ts
 * import { maskPayload } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * const payload = { type: "inquiry", id: "inq_1", attributes: { note: "Jo" } };
 * assertEquals(maskPayload(payload), {
 *   type: "inquiry",
 *   id: "inq_1",
 *   attributes: { note: "<string 2>" },
 * });
 * ```
 *
 * @module
 */

import type { JsonValue } from "./json.ts";
import { type JsonScalar, mapJson } from "./map_json.ts";
import { parseTimestamp } from "./timestamp.ts";

/** An opaque id or a name of a type or status: no spaces, no `@`. */
const WORD = /^[A-Za-z][\w./-]{0,63}$/;

/** Keys whose value says what happened and when, but not to whom. */
const STATUS_KEY = /^(?:status|(?:account|check|match)(?:[-_]status|Status))$/;
const TIME_KEY = /.(?:-at|_at|At)$/;

/**
 * Masks a JSON value. Keys stay, and so do resource types and ids, statuses and
 * points in time; null stays null; any other value becomes its kind and length.
 *
 * @param value A payload, or any part of one; it is left untouched.
 * @returns A masked copy.
 */
export function maskPayload(value: JsonValue): JsonValue {
  return mapJson(value, { scalar: maskScalar });
}

function maskScalar(scalar: JsonScalar, key: string): JsonValue {
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

/**
 * Payloads without personal data: the structure stays, the values go.
 *
 * ```ts
 * import { maskPayload } from "@persona-inbox/persona-inbox/persona";
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

import type { JsonValue } from "../json/json.ts";
import { type JsonScalar, mapJson } from "../json/map_json.ts";
import { parseTimestamp } from "./timestamp.ts";

/** An opaque id or a name of a type or status: no spaces, no `@`. */
const WORD = /^[A-Za-z][\w./-]{0,63}$/;

/** Keys whose values identify no person. */
const STATUS_KEY = /^(?:status|(?:account|check|match)(?:[-_]status|Status))$/;
const TIME_KEY = /.(?:-at|_at|At)$/;

/**
 * Masks a JSON value. Keys, resource types, ids, statuses, timestamps and null
 * stay; any other value becomes its type and length.
 *
 * @param value A payload or a part of one; it is not modified.
 * @returns A masked copy.
 */
export function maskPayload(value: JsonValue): JsonValue {
  return mapJson(value, { scalar: maskScalar });
}

/**
 * Masks one value.
 *
 * @param key The nearest key above it.
 * @returns The value itself if it may be shown, else its type and length.
 */
function maskScalar(scalar: JsonScalar, key: string): JsonValue {
  if (
    scalar === null || (typeof scalar === "string" && mayBeShown(scalar, key))
  ) {
    return scalar;
  }
  return typeof scalar === "string"
    ? `<string ${scalar.length}>`
    : `<${typeof scalar}>`;
}

function mayBeShown(text: string, key: string): boolean {
  if (TIME_KEY.test(key)) return parseTimestamp(text) !== null;
  const isNamed = key === "id" || key === "type" || STATUS_KEY.test(key);
  return isNamed && WORD.test(text);
}

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
import { mapJson } from "./map_json.ts";
import { maskScalar } from "./mask_scalar.ts";

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

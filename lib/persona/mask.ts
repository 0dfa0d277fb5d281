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
import { mapJson } from "../json/map_json.ts";
import { maskScalar } from "./mask_scalar.ts";

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

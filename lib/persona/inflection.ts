/**
 * The inflection of keys, which each webhook chooses.
 *
 * ```ts
 * import { camelKeys, inflectKeys } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const kebab = { "created-at": "2024-02-15", type: "inquiry-session" };
 *
 * assertEquals(camelKeys(kebab), {
 *   createdAt: "2024-02-15",
 *   type: "inquiry-session",
 * });
 * assertEquals(Object.keys(inflectKeys(kebab, "snake")), ["created_at", "type"]);
 * ```
 *
 * @module
 */

import type { JsonObject, JsonValue } from "../json/json.ts";
import { mapJson } from "../json/map_json.ts";

/** The inflections that a webhook can have (Persona docs: Webhooks, key inflection). */
export const INFLECTIONS = ["kebab", "camel", "snake"] as const;

/** `created-at`, `createdAt` or `created_at`. */
export type Inflection = typeof INFLECTIONS[number];

/** Separators between two words; leading and trailing ones belong to the key. */
const SEPARATOR = /(?<=[^-_])[-_]+(?=[^-_])/g;
const SEPARATOR_AND_NEXT = /(?<=[^-_])[-_]+([^-_])/g;
const HUMP = /(?<=[a-z0-9])[A-Z]/g;

const RENAME: Record<Inflection, (key: string) => string> = {
  kebab: (key) => separate(key, "-"),
  camel: (key) =>
    key.replace(
      SEPARATOR_AND_NEXT,
      (_match, next: string) => next.toUpperCase(),
    ),
  snake: (key) => separate(key, "_"),
};

/**
 * Rewrites keys at any depth, and never a value. Persona inflects the names of
 * attributes and relationships, while event names, resource types and everything
 * below `fields` stay as they are (Persona docs: Webhooks, key inflection; API
 * reference, `fields`).
 *
 * All inflections convert to camel case: `address-street-1`, `address_street_1` and
 * `addressStreet1` become `addressStreet1`. The way back is a guess, as
 * `addressStreet1` does not show the hyphen before the digit. If two keys of an
 * object become one, the last one wins, as in `JSON.parse`.
 *
 * @param value A JSON value; it is not modified.
 * @param inflection The inflection of the result.
 * @returns A copy with the keys rewritten.
 * @example Usage
 * ```ts
 * import { inflectKeys } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const value = [{ "reference-id": "user-1" }];
 * assertEquals(inflectKeys(value, "snake"), [{ reference_id: "user-1" }]);
 * ```
 */
export function inflectKeys(
  value: JsonObject,
  inflection: Inflection,
): JsonObject;
export function inflectKeys(
  value: JsonValue,
  inflection: Inflection,
): JsonValue;
export function inflectKeys(
  value: JsonValue,
  inflection: Inflection,
): JsonValue {
  return mapJson(value, { key: RENAME[inflection], isVerbatim: isFieldsKey });
}

/**
 * Returns whether a key names the fields of an object. Templates name each
 * field, and no inflection changes these names (API reference, `fields`).
 *
 * @param key A key in any inflection.
 */
export function isFieldsKey(key: string): boolean {
  return key === "fields";
}

/**
 * Rewrites keys to camel case, the canonical reading of a payload.
 *
 * @param value A JSON value; it is not modified.
 * @returns A copy with the keys rewritten, see {@linkcode inflectKeys}.
 * @example Usage
 * ```ts
 * import { camelKeys } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(camelKeys({ "address-street-1": 1 }), { addressStreet1: 1 });
 * assertEquals(camelKeys({ "address_street_1": 1 }), { addressStreet1: 1 });
 * ```
 */
export function camelKeys(value: JsonObject): JsonObject;
export function camelKeys(value: JsonValue): JsonValue;
export function camelKeys(value: JsonValue): JsonValue {
  return inflectKeys(value, "camel");
}

/**
 * Rewrites one key to camel case.
 *
 * @param key A key in any inflection.
 * @returns The key as {@linkcode camelKeys} spells it.
 * @example Usage
 * ```ts
 * import { camelKey } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(camelKey("reference-id"), "referenceId");
 * ```
 */
export function camelKey(key: string): string {
  return RENAME.camel(key);
}

function separate(key: string, separator: "-" | "_"): string {
  return key
    .replace(SEPARATOR, separator)
    .replace(HUMP, (letter) => separator + letter.toLowerCase());
}

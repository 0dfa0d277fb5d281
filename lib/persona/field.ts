/**
 * The fields of an object, which a template names and no inflection changes.
 *
 * ```ts
 * import { field, parseEvent, sampleEvent } from "@persona-inbox/persona-inbox/persona";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const sample = JSON.stringify(sampleEvent("inquiry.approved"));
 * const result = parseEvent(new TextEncoder().encode(sample));
 *
 * assert(result.ok);
 * assertEquals(field(result.event.object, "name_first")?.value, "Alexandra");
 * ```
 *
 * @module
 */

import { camelKey } from "./inflection.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import type { Field } from "./resource.ts";

/**
 * Returns a field of an object. Field names stand as the template spells them,
 * whatever the inflection of the webhook (API reference, `fields`), so that the
 * same field is `name-first` in one account and `name_first` in another: the exact
 * name comes first, then the first one that differs only in inflection.
 *
 * @param object An object, or nothing.
 * @param name The name in any spelling.
 * @returns The field; undefined if there is none.
 * @example Usage
 * ```ts
 * import { field } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const fields = { name_first: { type: "string", value: "Alexandra" } };
 * assertEquals(field({ attributes: { fields } }, "name-first")?.value, "Alexandra");
 * assertEquals(field({ attributes: {} }, "name-first"), undefined);
 * ```
 */
export function field(
  object: { readonly attributes: object } | null | undefined,
  name: string,
): Field | undefined {
  const { fields }: { readonly fields?: JsonValue } = object?.attributes ?? {};
  if (!isJsonObject(fields)) return undefined;
  return fieldsNamed(fields, name).find(isJsonObject);
}

/**
 * Returns the fields that a name may mean: the one of that exact name, else all
 * that differ from it only in inflection.
 *
 * @param fields Fields by name.
 * @param name The name in any spelling.
 */
export function fieldsNamed(fields: JsonObject, name: string): JsonValue[] {
  if (Object.hasOwn(fields, name)) {
    const value = fields[name];
    return value === undefined ? [] : [value];
  }
  const canonical = camelKey(name);
  return Object.entries(fields)
    .filter(([key]) => camelKey(key) === canonical)
    .map(([, value]) => value);
}

/**
 * The shape of parsed JSON.
 *
 * @module
 */

/** Anything `JSON.parse` returns. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | JsonObject;

/** A JSON object. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/**
 * Tells a JSON object from an array, a scalar, null and a missing value.
 *
 * @param value A JSON value, or what stands in for a missing one.
 * @returns Whether `value` is an object with keys.
 */
export function isJsonObject(
  value: JsonValue | undefined,
): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

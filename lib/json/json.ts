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
 * Returns whether a value is a JSON object: no array, scalar, null or missing value.
 *
 * @param value A JSON value, or undefined.
 * @returns Whether `value` is an object.
 */
export function isJsonObject(
  value: JsonValue | undefined,
): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

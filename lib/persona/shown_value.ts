/**
 * What a message may repeat of a value that is not what it must be.
 *
 * @module
 */

import { isJsonObject, type JsonValue } from "./json.ts";

/** A URL, or what connects to a database: it may hold a password or a token. */
const CONNECTION = /\/\/|[@=]/;

/**
 * Shows a text, but of a URL only its scheme.
 *
 * @param text The text.
 * @returns What may be repeated of it.
 */
export function shownText(text: string): string {
  if (!CONNECTION.test(text)) return text;
  return `${/^[\w+.-]+:\/\//.exec(text)?.[0] ?? ""}…`;
}

/**
 * Shows a JSON value, of lists and objects only that they are.
 *
 * @param value The value.
 * @returns What may be repeated of it.
 */
export function shownValue(value: JsonValue): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : "a list";
  }
  if (isJsonObject(value)) return "an object";
  return typeof value === "string"
    ? JSON.stringify(shownText(value))
    : String(value);
}

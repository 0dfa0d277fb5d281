import { isJsonObject, type JsonValue } from "./json/json.ts";

/** Found in URLs and connection strings, which may hold a password or a token. */
const CONNECTION = /\/\/|[@=]/;

/** The most of a text that a message quotes. */
const LENGTH_MAX = 300;

/** Returns a text as a message may quote it: of a URL, only the scheme. */
export function shownText(text: string): string {
  if (!CONNECTION.test(text)) {
    return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text;
  }
  return `${/^[\w+.-]+:\/\//.exec(text)?.[0] ?? ""}…`;
}

/** Returns a JSON value as a message may quote it: lists and objects only by type. */
export function shownValue(value: JsonValue): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : "a list";
  }
  if (isJsonObject(value)) return "an object";
  return typeof value === "string"
    ? JSON.stringify(shownText(value))
    : String(value);
}

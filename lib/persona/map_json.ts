/**
 * Copies of JSON values with keys or scalars changed on the way.
 *
 * @module
 */

import type { JsonObject, JsonValue } from "./json.ts";

/** A value that holds no other. */
export type JsonScalar = string | number | boolean | null;

/** What to change. */
export interface MapJsonOptions {
  /** Gives a key its new name. */
  key?: (key: string) => string;
  /** Gives a scalar its new value; `key` is the nearest one above it. */
  scalar?: (scalar: JsonScalar, key: string) => JsonValue;
}

type Copy =
  | { source: JsonValue[]; target: JsonValue[]; key: string }
  | { source: JsonObject; target: JsonObject; key: string };

/**
 * Copies a JSON value. Works without recursion, so that no depth exhausts the
 * stack, and keeps a key named `__proto__` as data. If two keys of an object become
 * one, the last wins, as in JSON itself.
 *
 * @param value A JSON value; it is left untouched.
 * @param options What to change.
 * @returns The copy.
 */
export function mapJson(value: JsonValue, options: MapJsonOptions): JsonValue {
  const { key: rename = (key) => key, scalar = (scalar) => scalar } = options;
  const pending: Copy[] = [];
  const result = copyOf(value, "");
  for (let copy = pending.pop(); copy !== undefined; copy = pending.pop()) {
    if (isArrayCopy(copy)) {
      for (const item of copy.source) {
        copy.target.push(copyOf(item, copy.key));
      }
      continue;
    }
    for (const [key, item] of Object.entries(copy.source)) {
      setOwn(copy.target, rename(key), copyOf(item, key));
    }
  }
  return result;

  /** A scalar, or an empty container noted in `pending` to be filled. */
  function copyOf(source: JsonValue, key: string): JsonValue {
    if (typeof source !== "object" || source === null) {
      return scalar(source, key);
    }
    if (Array.isArray(source)) {
      const target: JsonValue[] = [];
      pending.push({ source, target, key });
      return target;
    }
    const target: JsonObject = {};
    pending.push({ source, target, key });
    return target;
  }
}

function isArrayCopy(
  copy: Copy,
): copy is Extract<Copy, { source: JsonValue[] }> {
  return Array.isArray(copy.source);
}

/**
 * Sets a member as data, even `__proto__`, which assigning would make the
 * prototype.
 *
 * @param target The object.
 * @param key The member's name.
 * @param value Its value.
 */
export function setOwn(
  target: JsonObject,
  key: string,
  value: JsonValue,
): void {
  if (key !== "__proto__") {
    target[key] = value;
    return;
  }
  Object.defineProperty(target, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

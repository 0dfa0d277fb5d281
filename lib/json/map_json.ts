import type { JsonObject, JsonValue } from "./json.ts";

/** A value that contains no other. */
export type JsonScalar = string | number | boolean | null;

/** The changes to make on the way. */
export interface MapJsonOptions {
  /** Returns the new name of a key. */
  key?: (key: string) => string;
  /** Returns whether all keys below the member of this name stay as they are. */
  isVerbatim?: (key: string) => boolean;
  /** Returns the new value of a scalar; `key` is the nearest one above it. */
  scalar?: (scalar: JsonScalar, key: string) => JsonValue;
}

interface Slot {
  /** The nearest key above. */
  readonly key: string;
  readonly isVerbatim: boolean;
}

type Copy =
  & Slot
  & (
    | { source: JsonValue[]; target: JsonValue[] }
    | { source: JsonObject; target: JsonObject }
  );

/**
 * Copies a JSON value, without recursion, so that no nesting depth exhausts the
 * stack. A key named `__proto__` stays data. If two keys of an object become one,
 * the last one wins, as in `JSON.parse`.
 *
 * @param value A JSON value; it is not modified.
 */
export function mapJson(value: JsonValue, options: MapJsonOptions): JsonValue {
  const {
    key: rename = (key) => key,
    isVerbatim = () => false,
    scalar = (scalar) => scalar,
  } = options;
  const pending: Copy[] = [];
  const result = copyOf(value, { key: "", isVerbatim: false });
  for (let copy = pending.pop(); copy !== undefined; copy = pending.pop()) {
    if (isArrayCopy(copy)) {
      for (const item of copy.source) {
        copy.target.push(copyOf(item, copy));
      }
      continue;
    }
    for (const [key, item] of Object.entries(copy.source)) {
      const slot = { key, isVerbatim: copy.isVerbatim || isVerbatim(key) };
      const name = copy.isVerbatim ? key : rename(key);
      setOwn(copy.target, name, copyOf(item, slot));
    }
  }
  return result;

  /** Returns a scalar, or an empty container queued in `pending` to be filled. */
  function copyOf(source: JsonValue, { key, isVerbatim }: Slot): JsonValue {
    if (typeof source !== "object" || source === null) {
      return scalar(source, key);
    }
    if (Array.isArray(source)) {
      const target: JsonValue[] = [];
      pending.push({ source, target, key, isVerbatim });
      return target;
    }
    const target: JsonObject = {};
    pending.push({ source, target, key, isVerbatim });
    return target;
  }
}

function isArrayCopy(
  copy: Copy,
): copy is Extract<Copy, { source: JsonValue[] }> {
  return Array.isArray(copy.source);
}

/** Sets a member as data, even `__proto__`, whose assignment would set the prototype. */
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

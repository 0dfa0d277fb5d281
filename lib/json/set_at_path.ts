import { isJsonObject, type JsonValue } from "./json.ts";
import { setOwn } from "./map_json.ts";

/**
 * Sets the value at a path, in place. Missing keys are created.
 *
 * @param target An object or array.
 * @param path Keys, or indexes of arrays, from the outside in.
 * @returns Whether the value was set; false if the path leads through a scalar.
 */
export function setAtPath(
  target: JsonValue,
  path: readonly string[],
  value: JsonValue,
): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return false;
  if (Array.isArray(target)) {
    const index = Number(key);
    if (!/^\d{1,9}$/.test(key) || index > target.length) return false;
    if (rest.length > 0) {
      const item = target[index];
      return item !== undefined && setAtPath(item, rest, value);
    }
    target[index] = value;
    return true;
  }
  if (!isJsonObject(target)) return false;
  if (rest.length > 0) {
    const item = Object.hasOwn(target, key) ? target[key] : undefined;
    if (item !== undefined) return setAtPath(item, rest, value);
    const created = {};
    setOwn(target, key, created);
    return setAtPath(created, rest, value);
  }
  setOwn(target, key, value);
  return true;
}

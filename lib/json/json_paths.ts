import { isJsonObject, type JsonValue } from "./json.ts";

/**
 * Lists them, the outer ones first.
 *
 * @param value An object or array.
 * @yields Keys, or indexes of arrays, from the outside in, joined by dots.
 */
export function* jsonPaths(value: JsonValue): Generator<string> {
  let level: [path: string, value: JsonValue][] = [["", value]];
  while (level.length > 0) {
    const deeper: typeof level = [];
    for (const [path, value] of level) {
      if (!isJsonObject(value) && !Array.isArray(value)) continue;
      for (const [key, inner] of Object.entries(value)) {
        const innerPath = path === "" ? key : `${path}.${key}`;
        yield innerPath;
        deeper.push([innerPath, inner]);
      }
    }
    level = deeper;
  }
}

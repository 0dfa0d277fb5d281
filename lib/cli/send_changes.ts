import { PROGRAM_NAME } from "../program_name.ts";
import { nearestName } from "../persona/nearest_name.ts";
import type { JsonValue } from "../json/json.ts";
import { jsonPaths } from "../json/json_paths.ts";
import { setAtPath } from "../json/set_at_path.ts";

/** A value, and where it is to stand. */
export interface Change {
  readonly path: readonly string[];
  readonly value: JsonValue;
}

/**
 * Reads `PATH=VALUE`.
 *
 * @returns The change; nothing if the text is none.
 */
export function readChange(text: string, faults: string[]): Change[] {
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (path !== undefined && value !== undefined) {
    return [{ path: path.split("."), value: readValue(value) }];
  }
  faults.push(`Cannot use --set ${text} as it must be PATH=VALUE`);
  return [];
}

/**
 * Makes changes, in place.
 *
 * @returns A fault for each that leads nowhere.
 */
export function applyChanges(
  changes: readonly Change[],
  target: JsonValue,
): string[] {
  return changes.flatMap(({ path, value }) =>
    // A value of its own each time, as the next change may lead into it.
    setAtPath(target, path, structuredClone(value)) ? [] : [
      `Cannot set ${
        path.join(".")
      } as every key before the last must lead to an object or array: see the keys of a sample, ${PROGRAM_NAME} events ID`,
    ]
  );
}

/**
 * Finds changes that add a key, as a misspelled one does.
 *
 * @param target The value before the changes.
 * @returns A warning for each, with the path that was likely meant.
 */
export function addedKeys(
  changes: readonly Change[],
  target: JsonValue,
): string[] {
  const known = [...jsonPaths(target)];
  return changes.map(({ path }) => path.join(".")).filter((path) =>
    !known.includes(path)
  ).map((path) => {
    const nearest = known.find((other) => other.endsWith(`.${path}`)) ??
      nearestName(path, known);
    const question = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
    return `--set ${path} adds a key: there was none.${question}`;
  });
}

/** JSON if it is, else text: `3`, `true`, `["a"]`, `declined`. */
function readValue(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

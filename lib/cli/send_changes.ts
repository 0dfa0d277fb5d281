/**
 * The changes that `send --set` makes in a body.
 *
 * @module
 */

import { PROGRAM_NAME } from "../program_name.ts";
import type { JsonValue } from "../json/json.ts";
import { setAtPath } from "../json/set_at_path.ts";

/** A value, and where it is to stand. */
export interface Change {
  readonly path: readonly string[];
  readonly value: JsonValue;
}

/**
 * Reads `PATH=VALUE`.
 *
 * @param text The text.
 * @param faults Told what is wrong with it.
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
 * @param changes The changes.
 * @param target What is changed.
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

/** JSON if it is, else text: `3`, `true`, `["a"]`, `declined`. */
function readValue(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * What programs make of JSON that they read, before they write it.
 *
 * @module
 */

import { INFLECTIONS, inflectKeys } from "../persona/inflection.ts";
import { isJsonObject, type JsonValue } from "../persona/json.ts";
import type { FindingCode } from "./finding.ts";
import { unlessTooMuch } from "./unless_too_much.ts";

/** JSON as it was read, in a text to be laid out. */
export interface JsonSource {
  readonly text: string;
  readonly code: FindingCode;
  /** Empty when nothing was changed. */
  readonly words: string;
  /** Whether it has no escapes but those that JSON needs. */
  readonly isPlain: boolean;
  /** Whether it has no white space. */
  readonly isCompact: boolean;
}

const STRING = /"(?:[^"\\]+|\\.)*"/g;

/**
 * Reads JSON as programs do.
 *
 * @param original The text.
 * @returns The text itself first; nothing if it is not JSON.
 */
export function* jsonSources(original: string): Generator<JsonSource> {
  let value: JsonValue;
  try {
    value = JSON.parse(original);
  } catch {
    return;
  }
  const code = "body-reserialized";
  const plain = unlessTooMuch(() => original.replace(STRING, withoutEscapes));
  const isPlain = original === plain;
  yield { text: original, code, words: "", isPlain, isCompact: false };
  if (plain !== null && !isPlain) {
    const words = "no escapes but those it needs";
    yield { text: plain, code, words, isPlain: true, isCompact: false };
  }
  for (const { make, ...told } of READINGS) {
    const text = unlessTooMuch(() => make(value));
    if (text !== null) {
      yield { text, ...told, isPlain: true, isCompact: true };
    }
  }
}

interface Reading extends Pick<JsonSource, "code" | "words"> {
  readonly make: (value: JsonValue) => string;
}

const READINGS: readonly Reading[] = [
  {
    code: "body-reserialized",
    words: "numbers and the order of members as JavaScript has them",
    make: (value) => JSON.stringify(value),
  },
  {
    code: "body-reserialized",
    words: "members in the order of their names",
    make: (value) => JSON.stringify(value, (_, member) => sorted(member)),
  },
  ...INFLECTIONS.map((inflection): Reading => ({
    code: "body-keys",
    words: `keys in ${inflection} case`,
    make: (value) => JSON.stringify(inflectKeys(value, inflection)),
  })),
];

function withoutEscapes(string: string): string {
  return string.includes("\\") ? JSON.stringify(JSON.parse(string)) : string;
}

function sorted(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => a < b ? -1 : Number(a > b)),
  );
}

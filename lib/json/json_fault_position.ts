// The position where a text stops being JSON. `JSON.parse` does not always report it,
// and quotes the text around it, which may be secret.

import { skipSpace, skipValue } from "./json_scan.ts";

/**
 * Finds where a text stops being JSON.
 *
 * @param text A text that `JSON.parse` rejected.
 * @returns The position for display: both numbers count from 1.
 */
export function jsonFaultPosition(
  text: string,
): { line: number; column: number } {
  const bytes = new TextEncoder().encode(text);
  const before = new TextDecoder().decode(bytes.subarray(0, faultAt(bytes)));
  const lines = before.split("\n");
  return { line: lines.length, column: [...lines.at(-1) ?? ""].length + 1 };
}

/** The byte where the fault begins: the opening quote of a bad string. */
function faultAt(bytes: Uint8Array): number {
  try {
    return skipSpace(bytes, skipValue(bytes, 0));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return Number(/\d+$/.exec(error.message)?.[0]);
  }
}

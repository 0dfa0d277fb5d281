// Duplicate keys in JSON objects. `JSON.parse` keeps the last one and drops the
// others silently.

import { readText, skipMembers, skipSpace, skipValue } from "./json_scan.ts";

/** Deeper objects are not searched. */
const DEPTH_MAX = 32;

/** A key that its object has twice. */
export interface DuplicateKey {
  readonly key: string;
  /** The line of its second occurrence, from 1. */
  readonly line: number;
}

/**
 * Finds the keys that an object has more than once.
 *
 * @param text JSON that `JSON.parse` accepts.
 * @returns The keys in the order of the text.
 */
export function duplicateKeys(text: string): DuplicateKey[] {
  const bytes = new TextEncoder().encode(text);
  const found: DuplicateKey[] = [];
  scan(0, DEPTH_MAX);
  return found;

  function scan(at: number, depthLeft: number): number {
    const start = skipSpace(bytes, at);
    const opening = String.fromCharCode(bytes[start] ?? 0);
    if (depthLeft === 0) return skipValue(bytes, start);
    if (opening === "{") return scanObject(start, depthLeft);
    return opening === "["
      ? scanList(start, depthLeft)
      : skipValue(bytes, start);
  }

  function scanObject(start: number, depthLeft: number): number {
    const keys = new Set<string>();
    return skipMembers(bytes, start, (nameAt, at) => {
      const key = readText(bytes, nameAt) ?? "";
      if (keys.has(key)) found.push({ key, line: lineOf(nameAt) });
      keys.add(key);
      return scan(at, depthLeft - 1);
    });
  }

  function scanList(start: number, depthLeft: number): number {
    let at = skipSpace(bytes, start + 1);
    while (String.fromCharCode(bytes[at] ?? 0) !== "]") {
      at = skipSpace(bytes, scan(at, depthLeft - 1));
      if (String.fromCharCode(bytes[at] ?? 0) === ",") at++;
    }
    return at + 1;
  }

  function lineOf(at: number): number {
    return new TextDecoder().decode(bytes.subarray(0, at)).split("\n").length;
  }
}

/**
 * Takes a signature header apart, more leniently than the grammar does: where a `t`
 * and a `v1` stand in it, and which of them belong together.
 *
 * @module
 */

import { parseSignatureHeader } from "../persona/signature_header.ts";

/** A part of the header, and where it begins there, from 0. */
export interface Part {
  readonly text: string;
  readonly at: number;
}

/** A `t` or a `v1`. */
export interface Pair {
  readonly key: "t" | "v1";
  readonly at: number;
  readonly value: Part;
  /** Whether `t=` or `v1=` stands there just so. */
  readonly isExact: boolean;
  /** What stands between the pair before it and this one. */
  readonly gap: string;
}

const PAIR =
  /(?<![\w-])(t|v1)(\s*[=:]\s*)("[^"]{0,200}"|'[^']{0,200}'|[^\s,;&]*)/gi;

/** Sets that are well formed, and what stands between them, undivided. */
export function partsOf(header: string): Part[] {
  const parts: (Part & { isStrict: boolean })[] = [];
  for (const { 0: text, index: at } of header.matchAll(/[^ ]+/g)) {
    const isStrict = parseSignatureHeader(text).length > 0;
    const last = parts.at(-1);
    if (!last || last.isStrict || isStrict) parts.push({ text, at, isStrict });
    else {
      const whole = header.slice(last.at, at + text.length);
      parts.splice(-1, 1, { ...last, text: whole });
    }
  }
  return parts;
}

/** Every `t` and `v1` of a part, and what stands before and after all of them. */
export function pairsOf(
  { text, at }: Part,
): { before: Part; pairs: readonly Pair[]; after: Part } {
  const pairs: Pair[] = [];
  const matches = [...text.matchAll(PAIR)];
  const start = matches[0]?.index ?? text.length;
  let end = start;
  for (
    const { 0: whole, 1: name = "", 2: sign, 3: value = "", index } of matches
  ) {
    const key = name.toLowerCase() === "t" ? "t" : "v1";
    const gap = text.slice(end, index);
    end = index + whole.length;
    pairs.push({
      key,
      at: at + index,
      value: { text: value, at: at + end - value.length },
      isExact: name === key && sign === "=",
      gap,
    });
  }
  const before: Part = { text: text.slice(0, start), at };
  const after: Part = { text: text.slice(end), at: at + end };
  return { before, pairs, after };
}

/** Which pairs were meant to be one set. */
export function setsOf(pairs: readonly Pair[]): Pair[][] {
  const sets: Pair[][] = [];
  for (const pair of pairs) {
    const set = sets.at(-1) ?? [];
    const has = (key: string) => set.some((other) => other.key === key);
    const isApart = /\s/.test(pair.gap);
    const isNext = pair.key === "t"
      ? has("t") && (has("v1") || isApart)
      : has("t") && has("v1") && isApart;
    if (set.length === 0 || isNext) sets.push([pair]);
    else set.push(pair);
  }
  return sets;
}

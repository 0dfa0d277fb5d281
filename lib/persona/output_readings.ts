/**
 * What an output says once it is unescaped: a value may stand in it as it is, in
 * JSON, in a URL or in HTML.
 *
 * @module
 */

import { decodeHex } from "@std/encoding/hex";

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  quot: '"',
};

/** How a text may be escaped: its parts, and what each stands for. */
type Escaping = readonly [part: RegExp, decode: (part: string) => string];

/** Not at all, and for JSON, a URL and HTML. */
const ESCAPINGS: readonly Escaping[] = [
  [/[^]/g, (part) => part],
  [
    /\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])|[^]/g,
    (part) => part.length > 1 ? JSON.parse(`"${part}"`) : part,
  ],
  [
    /%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}|[^]/gi,
    (part) => part.length > 1 ? decodePercents(part) : part.replace("+", " "),
  ],
  [
    /&(?:#[0-9]{1,6}|#x[0-9a-f]{1,5}|amp|apos|gt|lt|quot);|[^]/gi,
    (part) => part.length > 1 ? decodeEntity(part) : part,
  ],
];

/** What a cut may have left of the last character. */
const CUT_ESCAPE =
  /(?:\\(?:u[0-9a-f]{0,3})?|(?:%[c-f][0-9a-f](?:%[89ab][0-9a-f]){0,2})?(?:%[0-9a-f]?)?|&[#0-9a-z]{0,6})$/i;

/** What an output may say. */
export interface Reading {
  readonly text: string;
  /** Where each character of the text begins in the output, and at last the output's end. */
  readonly starts: readonly number[];
}

/**
 * Reads an output in every way.
 *
 * @param output What is read.
 * @param options Whether its end was cut off, which may have left half an escape.
 * @returns The output itself first; no text comes twice.
 */
export function readingsOf(
  output: string,
  { isCut }: { isCut: boolean },
): readonly Reading[] {
  const whole = isCut ? output.replace(CUT_ESCAPE, "") : output;
  const readings = new Map<string, Reading>();
  for (const part of new Set([output, whole])) {
    for (const escaping of ESCAPINGS) {
      const { text, starts } = read(part, escaping);
      if (readings.has(text)) continue;
      readings.set(text, { text, starts: [...starts, output.length] });
    }
  }
  return [...readings.values()];
}

function read(output: string, [part, decode]: Escaping): Reading {
  let text = "";
  const starts: number[] = [];
  for (const match of output.matchAll(part)) {
    const decoded = decode(match[0]);
    text += decoded;
    for (let i = 0; i < decoded.length; i++) starts.push(match.index);
  }
  return { text, starts };
}

function decodePercents(text: string): string {
  return new TextDecoder().decode(decodeHex(text.replaceAll("%", "")));
}

function decodeEntity(text: string): string {
  const name = text.slice(1, -1).toLowerCase();
  const number = name.startsWith("#x")
    ? parseInt(name.slice(2), 16)
    : Number(name.slice(1));
  return ENTITIES[name] ?? String.fromCodePoint(number);
}

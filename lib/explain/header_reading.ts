// Reads a signature header that the strict grammar refuses: what is wrong, where,
// and what was meant. What the grammar accepts is taken from there. No value is
// shown, as it may be a secret that was put there by mistake.

import { encodeHex } from "@std/encoding/hex";
import { parseSignatureHeader } from "../persona/signature_header.ts";
import { type Finding, finding, type FindingCode } from "./finding.ts";

/** The limits of the grammar. */
const SETS_MAX = 16;
const MACS_MAX = 4;

/** A set as it was meant. */
export interface ReadSet {
  /** The text of t; empty when there is none. */
  readonly timestamp: string;
  /** Its v1, in lower-case hex. */
  readonly macs: readonly string[];
}

/** A header as it was meant, and what is wrong with how it stands. */
export interface HeaderReading {
  readonly sets: readonly ReadSet[];
  readonly faults: readonly Finding[];
}

interface Part {
  readonly text: string;
  /** Its offset in the header. */
  readonly at: number;
  /** Its sets, if it is well formed. */
  readonly strict: readonly ReadSet[];
}

const QUOTED = /^(["'`])[^]*\1$/;
const QUOTES = /^["'`]|["'`]$/g;
const PAIR =
  /(?<![\w-])(t|v1)\s*[=:]\s*("[^"]{0,200}"|'[^']{0,200}'|[^\s,;&]*)/gi;
const MAC_PREFIX = /^(?:hmac-)?(?:sha-?256[=:]|0x)/i;

/** The parts of a set, in their order. */
const STEPS: readonly (readonly [
  pattern: RegExp,
  expected: string,
  code: FindingCode,
])[] = [
  [/t=/y, "t= in lower case", "header-malformed"],
  [/[0-9]{1,15}(?![0-9])/y, "1 to 15 digits", "timestamp-malformed"],
  [/ *, */y, "a comma", "header-malformed"],
  [/v1=/y, "v1= in lower case", "header-malformed"],
  [/[0-9a-f]{64}(?![\w])/y, "64 lower-case hex digits", "mac-malformed"],
  [/(?=,|$)/y, "a comma, a space or the end", "header-malformed"],
];

/**
 * Reads a header.
 *
 * @returns A few sets at most, and at least one fault if the grammar accepts none.
 */
export function readHeader(header: string): HeaderReading {
  const faults: Finding[] = [];
  if (QUOTED.test(header)) {
    const sentence = "The header must have no quotes around it";
    faults.push(finding("header-malformed", sentence));
    header = header.replaceAll(QUOTES, " ");
  }
  const count = header.match(/[^ ]+/g)?.length ?? 0;
  if (count > SETS_MAX) {
    const sentence =
      `The header must hold at most ${SETS_MAX} sets: spaces divide it into ${count}`;
    faults.push(finding("header-malformed", sentence));
  }
  const sets: ReadSet[] = [];
  for (const part of partsOf(header).slice(0, SETS_MAX)) {
    if (part.strict.length > 0) sets.push(...part.strict);
    else {
      faults.push(faultOf(part, sets.length + 1));
      sets.push(...meantBy(part.text));
    }
  }
  if (sets.length === 0 && faults.length === 0) {
    faults.push(finding("header-malformed", "The header is blank"));
  }
  return { sets: sets.slice(0, SETS_MAX), faults };
}

/** Well-formed sets, and what stands between them, undivided. */
function partsOf(header: string): Part[] {
  const parts: Part[] = [];
  for (const { 0: text, index: at } of header.matchAll(/[^ ]+/g)) {
    const strict = strictSets(text);
    const last = parts.at(-1);
    const isNew = !last || last.strict.length > 0 || strict.length > 0;
    if (isNew) parts.push({ text, at, strict });
    else {
      const whole = header.slice(last.at, at + text.length);
      const strict = strictSets(whole);
      parts.splice(-1, 1, { at: last.at, text: whole, strict });
    }
  }
  return parts;
}

function strictSets(text: string): ReadSet[] {
  return parseSignatureHeader(text).map(({ timestamp, macs }) => ({
    timestamp,
    macs: macs.map(encodeHex),
  }));
}

/** Finds where a part stops being a set. */
function faultOf({ text, at }: Part, set: number): Finding {
  // Members with other names may stand before.
  let position = /^(?:(?!t=|v1=)[\w-]+=[^,\s]*,)*/.exec(text)?.[0].length ?? 0;
  for (const [pattern, expected, code] of STEPS) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match) {
      position += match[0].length;
      continue;
    }
    const upper = /[0-9a-f]{64}(?!\w)/iy;
    upper.lastIndex = position;
    const isUpper = code === "mac-malformed" && upper.test(text);
    const sentence = `From character ${
      at + position + 1
    } on the header must have ${expected}`;
    return finding(isUpper ? "mac-upper-case" : code, sentence, set);
  }
  const sentence =
    `t must stand once and v1 1 to ${MACS_MAX} times in the set at character ${
      at + 1
    } of the header`;
  return finding("header-malformed", sentence, set);
}

/** Reads a part leniently: every t but the first begins another set. */
function meantBy(text: string): ReadSet[] {
  let set = { timestamp: "", macs: [] as string[] };
  const sets = [set];
  for (const [, key = "", value = ""] of text.matchAll(PAIR)) {
    const isTime = key.toLowerCase() === "t";
    const bare = value.replaceAll(QUOTES, "").replace(MAC_PREFIX, "");
    if (isTime && set.timestamp !== "") {
      sets.push(set = { timestamp: "", macs: [] });
    }
    if (isTime) set.timestamp = bare;
    else if (/^[0-9a-f]{64}$/i.test(bare) && set.macs.length < MACS_MAX) {
      set.macs.push(bare.toLowerCase());
    }
  }
  return sets;
}

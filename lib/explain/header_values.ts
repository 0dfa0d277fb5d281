/**
 * The values of a signature header that are not as they must be: what is wrong with
 * each, and what it was meant to be. A value is never shown, as it may be a secret
 * that was put there by mistake.
 *
 * @module
 */

import { decodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import { type Finding, finding } from "./finding.ts";

/** A value as it was meant, and what is wrong with how it stands. */
export interface ReadValue {
  /** Null when that cannot be known. */
  readonly meant: string | null;
  readonly fault: Finding | null;
}

/** Where a value stands in the header. */
export interface Place {
  /** The set, from 1. */
  readonly set: number;
  /** The first character of the value, from 1. */
  readonly at: number;
}

const TIMESTAMP_SHAPES: readonly (readonly [shape: RegExp, words: string])[] = [
  [/^$/, "it is empty"],
  [/^[0-9]{16,}$/, "it is too long, as if it counted microseconds"],
  [/^[0-9]+\.[0-9]*$/, "it has a fraction"],
  [/^[+-][0-9]+$/, "it has a sign"],
  [/^[+-]?[0-9.]+e[+-]?[0-9]+$/i, "it has an exponent"],
  [/^0x[0-9a-f]+$/i, "it is hexadecimal"],
  [/^[0-9]{4}-[0-9]{2}-/, "it is a date"],
];

/** Digits of other hashes, in hex. */
const HASHES: Readonly<Record<number, string>> = {
  32: "MD5",
  40: "SHA-1",
  56: "SHA-224",
  96: "SHA-384",
  128: "SHA-512",
};

const QUOTES = /^["'`]|["'`]$/g;
const PREFIX = /^(?:hmac-)?(?:sha-?256[=:]|0x)/i;

/** Reads what stands after `t=`. */
export function readTimestamp(value: string, { set, at }: Place): ReadValue {
  if (/^[0-9]{1,15}$/.test(value)) return { meant: value, fault: null };
  const [, words] = TIMESTAMP_SHAPES.find(([shape]) => shape.test(value)) ??
    [null, `it has another character at ${at + value.search(/[^0-9]/)}`];
  const sentence =
    `t must be 1 to 15 digits, at character ${at} of the header: ${words}`;
  return {
    meant: value.replace(QUOTES, "") || null,
    fault: finding("timestamp-malformed", sentence, set),
  };
}

/** Reads what stands after `v1=`. */
export function readMac(value: string, { set, at }: Place): ReadValue {
  const bare = value.replace(QUOTES, "").replace(PREFIX, "");
  const isHex = /^[0-9a-f]*$/i.test(bare);
  const fault = (words: string) =>
    finding(
      "mac-malformed",
      `v1 must be 64 lower-case hex digits, at character ${at} of the header: ${words}`,
      set,
    );
  if (isHex && bare.length === 64) {
    const meant = bare.toLowerCase();
    if (bare !== value) {
      return { meant, fault: fault("it has quotes around it, or a prefix") };
    }
    if (meant === value) return { meant, fault: null };
    const upperAt = at + value.search(/[A-F]/);
    const sentence =
      `v1 must be in lower case: at character ${upperAt} of the header it is not`;
    return { meant, fault: finding("mac-upper-case", sentence, set) };
  }
  if (/^[\w+/-]{43}=?$/.test(bare)) {
    const sentence =
      `v1 must be in hex, at character ${at} of the header: it is in Base64`;
    return {
      meant: encodeHex(decodeBase64(toBase64(bare))),
      fault: finding("mac-base64", sentence, set),
    };
  }
  if (bare === "") return { meant: null, fault: fault("it is empty") };
  if (!isHex) {
    const wrongAt = at + value.search(/[^0-9a-f]/i);
    const words = `it has another character at ${wrongAt}`;
    return { meant: null, fault: fault(words) };
  }
  const hash = HASHES[bare.length];
  const like = hash ? `, as ${hash} has` : "";
  const words = `it has ${bare.length}${like}`;
  return { meant: null, fault: fault(words) };
}

/** Of the way that URLs have it, and of one without its padding. */
function toBase64(text: string): string {
  const unpadded = text.replace("=", "");
  return `${unpadded.replaceAll("-", "+").replaceAll("_", "/")}=`;
}

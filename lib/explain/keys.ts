/**
 * What can be done wrong with a secret before it becomes the key of a signature.
 *
 * @module
 */

import { decodeBase64 } from "@std/encoding/base64";
import { decodeHex } from "@std/encoding/hex";
import { secretFingerprint } from "../persona/secret_fingerprint.ts";
import { type Change, changed, type Difference } from "./change.ts";

/** What a signature may have been made with. */
export interface Key {
  readonly bytes: Uint8Array;
  /** Null when it is a secret as it is at hand. */
  readonly difference: Difference | null;
  /** Of the secret it comes from, if it does from one. */
  readonly fingerprint: string | null;
}

const PREFIX = "wbhsec_";

const CHANGES: readonly Change<string, string | Uint8Array>[] = [
  {
    code: "secret-prefix",
    words: "was made with the secret without its prefix wbhsec_",
    apply: (secret) =>
      secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : null,
  },
  {
    code: "secret-prefix",
    words: "was made with the secret with the prefix wbhsec_, which it lacks",
    apply: (secret) => secret.startsWith(PREFIX) ? null : PREFIX + secret,
  },
  {
    code: "secret-white-space",
    words: "was made with the secret without the white space around it",
    apply: (secret) => secret.trim() === secret ? null : secret.trim(),
  },
  ...[
    around("", "\n", "a line break after it"),
    around("", "\r\n", "a line break (\\r\\n) after it"),
    around("", "\r", "a carriage return after it"),
    around("", " ", "a space after it"),
    around(" ", "", "a space before it"),
  ],
  {
    code: "secret-quotes",
    words: "was made with the secret without the quotes around it",
    apply: (secret) => /^(["'`])([^]+)\1$/.exec(secret)?.[2] ?? null,
  },
  { ...around('"', '"', "double quotes around it"), code: "secret-quotes" },
  { ...around("'", "'", "single quotes around it"), code: "secret-quotes" },
  {
    code: "secret-encoding",
    words: "was made with the secret decoded from Base64, after its prefix",
    apply: (secret) => decoded(secret, fromBase64),
  },
  {
    code: "secret-encoding",
    words: "was made with the secret decoded from hex, after its prefix",
    apply: (secret) => decoded(secret.replaceAll("-", ""), decodeHex),
  },
];

/** What stands for a secret where there is none. */
const NONE: readonly (readonly [text: string, words: string])[] = [
  ["", "an empty secret"],
  ["undefined", "the text undefined for a secret"],
  ["null", "the text null for a secret"],
  ["None", "the text None for a secret"],
];

const encoder = new TextEncoder();

/**
 * Lists all keys that a signature may have been made with.
 *
 * @param secrets The secrets at hand.
 * @returns The secrets themselves first, then their variants, the likelier ones first.
 */
export async function keysOf(secrets: readonly string[]): Promise<Key[]> {
  const own = await Promise.all(secrets.map(async (secret) => ({
    secret,
    bytes: encoder.encode(secret),
    difference: null,
    fingerprint: await secretFingerprint(secret),
  })));
  const variants = own.flatMap(({ secret, fingerprint }) =>
    [...changed(secret, CHANGES)].map(({ value, difference }) => ({
      bytes: typeof value === "string" ? encoder.encode(value) : value,
      difference,
      fingerprint,
    }))
  );
  const lists = secrets.length < 2 ? [] : [",", ", ", " "].map((separator) =>
    [
      secrets.join(separator),
      "all secrets as one",
    ] as const
  );
  const others = [
    ...NONE.map((none) => ["secret-unset", none] as const),
    ...lists.map((list) => ["secret-list", list] as const),
  ].map(([code, [text, words]]) => ({
    bytes: encoder.encode(text),
    difference: { code, words: `was made with ${words}` },
    fingerprint: null,
  }));
  return [...own, ...variants, ...others];
}

function around(
  before: string,
  after: string,
  words: string,
): Change<string> {
  return {
    code: "secret-white-space",
    words: `was made with the secret with ${words}`,
    apply: (secret) => `${before}${secret}${after}`,
  };
}

function decoded(
  secret: string,
  decode: (text: string) => Uint8Array,
): Uint8Array | null {
  try {
    const bytes = decode(secret.replace(PREFIX, ""));
    return bytes.length > 0 ? bytes : null;
  } catch {
    return null;
  }
}

function fromBase64(text: string): Uint8Array {
  return decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}

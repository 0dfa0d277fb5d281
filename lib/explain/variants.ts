// Variants of a secret and of a body: the likely changes between signing and checking.

import { Buffer, isUtf8 } from "node:buffer";
import type { FindingCode } from "./finding.ts";

/** Something other than what is at hand. */
export interface Variant<Value> {
  readonly value: Value;
  readonly code: FindingCode;
  /** Completes "The signature". */
  readonly words: string;
}

const PREFIX = "wbhsec_";

/**
 * Creates the variants of a secret.
 *
 * @returns The secrets that it may have been, the likeliest first.
 */
export function secretVariants(secret: string): Variant<string>[] {
  const trimmed = secret.trim();
  const unquoted = /^(["'`])([^]+)\1$/.exec(secret)?.[2] ?? secret;
  const made = (code: FindingCode, value: string, words: string) => ({
    code,
    value,
    words: `was made with the secret ${words}`,
  });
  return [
    secret.startsWith(PREFIX)
      ? made("secret-prefix", secret.slice(PREFIX.length), `without ${PREFIX}`)
      : made("secret-prefix", PREFIX + secret, `with ${PREFIX} before it`),
    made("secret-white-space", trimmed, "without the white space around it"),
    made("secret-white-space", `${secret}\n`, "with a line break after it"),
    made("secret-white-space", `${secret}\r\n`, "with a line break after it"),
    made("secret-white-space", `${secret} `, "with a space after it"),
    made("secret-white-space", ` ${secret}`, "with a space before it"),
    made("secret-quotes", unquoted, "without the quotes around it"),
    made("secret-quotes", `"${secret}"`, "with double quotes around it"),
    made("secret-quotes", `'${secret}'`, "with single quotes around it"),
  ].filter(({ value }) => value !== secret);
}

/**
 * Creates the variants of a body.
 *
 * @returns The bodies that it may have been, the likeliest first.
 */
export function* bodyVariants(
  body: Uint8Array,
): Generator<Variant<Uint8Array>> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const mark = Buffer.of(0xef, 0xbb, 0xbf);
  const hasMark = bytes.subarray(0, 3).equals(mark);
  yield {
    code: "body-byte-order-mark",
    value: hasMark ? bytes.subarray(3) : Buffer.concat([mark, bytes]),
    words: `fits the body ${
      hasMark ? "without its" : "with a"
    } byte-order mark`,
  };
  const lineBreak = /\r?\n$/.exec(bytes.toString("latin1", body.length - 2))
    ?.[0];
  if (lineBreak) {
    yield {
      code: "body-line-break",
      value: bytes.subarray(0, -lineBreak.length),
      words: "fits the body without the line break at its end",
    };
  } else {
    for (const added of ["\n", "\r\n"]) {
      yield {
        code: "body-line-break",
        value: Buffer.concat([bytes, Buffer.from(added)]),
        words: "fits the body with a line break at its end",
      };
    }
  }
  yield* textVariants(body);
}

function* textVariants(body: Uint8Array): Generator<Variant<Uint8Array>> {
  if (!isUtf8(body)) return;
  const text = new TextDecoder().decode(body);
  const seen = new Set([text]);
  if (text.trim() !== text) {
    yield {
      code: "body-white-space",
      value: Buffer.from(text.trim()),
      words: "fits the body without the white space around it",
    };
    seen.add(text.trim());
  }
  for (const { written, words } of jsonWritings(text)) {
    if (seen.has(written)) continue;
    seen.add(written);
    yield {
      code: "body-reserialized",
      value: Buffer.from(written),
      words: `fits the body's JSON ${words}`,
    };
  }
}

interface Writing {
  readonly written: string;
  readonly words: string;
}

const STRING = /"(?:[^"\\]|\\.)*"/g;
/** Skips strings, and matches what is outside of them. */
const SPACE = /("(?:[^"\\]|\\.)*")|\s+/g;
const SEPARATOR = /("(?:[^"\\]|\\.)*")|([,:])/g;

/** Optional escapes that some programs write. */
const ESCAPES: readonly (readonly [
  words: string,
  pattern: RegExp,
])[] = [
  ["", /(?!)/g],
  [", with \\u escapes", /[^\0-\x7f]/g],
  [", with \\/ for /", /\//g],
  [", with \\u escapes and \\/ for /", /[^\0-\x7f]|\//g],
];

/** The JSON of a text as programs write it; nothing if it is none. */
function* jsonWritings(text: string): Generator<Writing> {
  try {
    for (const { written, words } of layoutsOf(text)) {
      for (const [escaped, pattern] of ESCAPES) {
        yield {
          written: written.replace(pattern, escapeOf),
          words: `${words}${escaped}`,
        };
      }
    }
  } catch (error) {
    // Not JSON, or deeper than the engine's stack.
    if (error instanceof SyntaxError || error instanceof RangeError) return;
    throw error;
  }
}

function* layoutsOf(text: string): Generator<Writing> {
  const value: unknown = JSON.parse(text);
  // Numbers and the order of members stay, unlike in what JavaScript writes.
  const compact = text.replace(SPACE, "$1");
  const plain = compact.replace(
    STRING,
    (string) =>
      string.includes("\\") ? JSON.stringify(JSON.parse(string)) : string,
  );
  for (const written of [compact, plain, JSON.stringify(value)]) {
    yield { written, words: "without white space" };
    const spaced = written.replace(
      SEPARATOR,
      (_, string, separator) => string ?? `${separator} `,
    );
    yield { written: spaced, words: "with a space after each comma and colon" };
  }
  for (
    const [indent, words] of [["  ", "2 spaces"], ["    ", "4 spaces"], [
      "\t",
      "tabs",
    ]]
  ) {
    const written = JSON.stringify(value, null, indent);
    yield { written, words: `indented by ${words}` };
  }
}

function escapeOf(character: string): string {
  if (character === "/") return "\\/";
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

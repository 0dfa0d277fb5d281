/**
 * How programs write JSON: the same value has many texts, and a signature fits only
 * one of them.
 *
 * @module
 */

import type { Layout } from "./lay_out_json.ts";

/** White space, and how to say so. */
export interface NamedLayout extends Layout {
  readonly words: string;
}

/** Escapes beside those that JSON needs, and how to say so. */
export interface NamedEscapes {
  /** What is escaped in a text that has no other escapes than it needs. */
  readonly extra: RegExp;
  readonly escape: (found: string) => string;
  readonly words: string;
}

/** White space as JSON.stringify() writes it. */
export const COMPACT: NamedLayout = {
  words: "no white space",
  comma: ",",
  colon: ":",
  indent: "",
};

/** White space as programs write it. */
export const LAYOUTS: readonly NamedLayout[] = [
  COMPACT,
  indented("an indentation of 2 spaces", "  "),
  indented("an indentation of 4 spaces", "    "),
  indented("an indentation by tabs", "\t"),
  {
    words: "a space after each comma and colon", // Python
    comma: ", ",
    colon: ": ",
    indent: "",
  },
];

/** Escapes as programs write them. */
export const ESCAPES: readonly NamedEscapes[] = [
  {
    words: "\\u escapes for all but ASCII", // Python, Ruby
    extra: /[^\n\t -~]/g,
    escape: lower,
  },
  {
    words: "upper-case \\u escapes for all but ASCII", // Java
    extra: /[^\0-\x7f]/g,
    escape: upper,
  },
  {
    words: "\\u escapes for <, > and &", // Rails, Go
    extra: /[<>&\u2028\u2029]/g,
    escape: lower,
  },
  {
    words: "\\u escapes for <, >, &, = and '", // Gson
    extra: /[<>&='\u2028\u2029]/g,
    escape: lower,
  },
  {
    words: "\\/ for /", // PHP with JSON_UNESCAPED_UNICODE
    extra: /\//g,
    escape: lower,
  },
  {
    words: "\\/ for / and \\u escapes for all but ASCII", // PHP
    extra: /\/|[^\0-\x7f]/g,
    escape: lower,
  },
  {
    words: "upper-case \\u escapes for quotes, <, >, &, + and all but ASCII", // .NET
    extra: /\\\\|\\"|[<>&'`]|(?<![0-9][Ee])\+|[^\0-\x7f]/g,
    escape: upper,
  },
];

function indented(words: string, indent: string): NamedLayout {
  return { words, comma: ",", colon: ": ", indent };
}

function lower(found: string): string {
  return found === "/" ? "\\/" : `\\u${hexOf(found)}`;
}

function upper(found: string): string {
  if (found === "\\\\") return found;
  return `\\u${hexOf(found === '\\"' ? '"' : found).toUpperCase()}`;
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}

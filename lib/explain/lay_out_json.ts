/**
 * JSON with other white space: the same members, numbers and strings.
 *
 * @module
 */

/** Where a text has white space. */
export interface Layout {
  /** A comma and what follows it in a line. */
  readonly comma: string;
  /** A colon and what follows it. */
  readonly colon: string;
  /** For each depth of a line of its own; empty when all is in one line. */
  readonly indent: string;
}

const TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\],:]|\s+|[^\s"{}[\],:]+/g;

/**
 * Lays JSON out anew.
 *
 * @param text A text that is JSON.
 * @param layout Where it gets white space.
 * @param lengthMax The most characters that it may come to.
 * @returns The text, or null when it would be too long.
 * @throws {RangeError} When a string is too much for a regular expression.
 */
export function layOutJson(
  text: string,
  { comma, colon, indent }: Layout,
  lengthMax: number,
): string | null {
  let written = "";
  let depth = 0;
  let isJustOpened = false;
  const lineBreak = () => indent && `\n${indent.repeat(depth)}`;
  for (const [token] of text.matchAll(TOKEN)) {
    if (written.length > lengthMax) return null;
    if (token.trimStart() === "") continue;
    if (token === "}" || token === "]") {
      depth--;
      if (!isJustOpened) written += lineBreak();
      written += token;
      isJustOpened = false;
      continue;
    }
    if (isJustOpened) written += lineBreak();
    isJustOpened = token === "{" || token === "[";
    if (isJustOpened) depth++;
    if (token === ",") written += comma + lineBreak();
    else written += token === ":" ? colon : token;
  }
  return written.length > lengthMax ? null : written;
}

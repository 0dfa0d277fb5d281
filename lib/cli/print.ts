/**
 * Data to standard output. It comes from outside: a terminal shows it and never
 * obeys it.
 *
 * @module
 */

import type { Io } from "./io.ts";

/** Control characters, line breaks and tabs aside, and what turns the direction of text. */
const CONTROLS =
  /[^\P{Cc}\t\n\r]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Prints a line or several. A pipe gets them as they are; for a terminal, what it
 * could obey is escaped, which leaves JSON the same JSON.
 *
 * @param text The lines, without their last end.
 * @param io The outside.
 */
export async function print(text: string, io: Io): Promise<void> {
  await io.stdout(`${io.stdoutIsTerminal ? escapeControls(text) : text}\n`);
}

function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return `\\u${code.padStart(4, "0")}`;
  });
}

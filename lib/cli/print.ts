/**
 * Data to standard output. It comes from outside: a terminal shows it and never
 * obeys it.
 *
 * @module
 */

import { escapeControls } from "./escape.ts";
import type { Io } from "./io.ts";

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

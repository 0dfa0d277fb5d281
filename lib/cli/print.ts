// The output of commands. It may hold text from outside: a terminal shows it and never
// obeys it.

import { escapeControls } from "../escape.ts";
import type { Io } from "./io.ts";

/**
 * Prints data. A pipe gets it as it is; for a terminal, what it could obey is escaped,
 * which leaves JSON the same JSON.
 *
 * @param text Lines, without their last end.
 */
export async function print(text: string, io: Io): Promise<void> {
  await io.stdout(`${io.stdoutIsTerminal ? escapeControls(text) : text}\n`);
}

/**
 * Writes a message to the person who runs the command: it is not data.
 *
 * @param text Lines, without their last end.
 */
export async function notify(text: string, io: Io): Promise<void> {
  await io.stderr(`${escapeControls(text)}\n`);
}

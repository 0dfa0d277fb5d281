// The words of a command as shells complete them.

import type { Command, Flag } from "./command.ts";

/** A command and what may follow it. */
export type CommandWords = Pick<
  Command,
  "name" | "summary" | "operands" | "operandsMax" | "choices" | "flags"
>;

/**
 * Returns a flag as it is written.
 *
 * @returns Such as `--limit` and `-n`.
 */
export function flagWords(name: string, { short }: Flag): string[] {
  return short ? [`--${name}`, `-${short}`] : [`--${name}`];
}

/** Returns whether a placeholder stands for the path of a file. */
export function isFile(placeholder: string | undefined): boolean {
  return placeholder === "FILE";
}

/**
 * One line for people about one thing that happened: in the log and in what follows
 * the store.
 *
 * @module
 */

import type { AttemptEntry } from "./log.ts";

const COLORS = { green: 32, yellow: 33, red: 31, dim: 2 } as const;

/** What a line says. */
export interface PrettyLine {
  /** What kind of thing it is, at a glance; indented if it belongs to another. */
  readonly mark: string;
  readonly color: keyof typeof COLORS;
  readonly text: string;
  /** What else helps, less prominent. */
  readonly more?: string;
}

/**
 * Writes a line.
 *
 * @param line What it says.
 * @param options When it was, and whether the reader is a terminal with colours.
 * @returns The line, without its end.
 */
export function prettyLine(
  { mark, color, text, more }: PrettyLine,
  options: { timeMs: number; color: boolean },
): string {
  const paint = (color: keyof typeof COLORS, text: string) =>
    options.color ? `\x1b[${COLORS[color]}m${text}\x1b[0m` : text;
  const time = new Date(options.timeMs).toTimeString().slice(0, 8);
  const tail = more ? `  ${paint("dim", more)}` : "";
  return `${paint("dim", time)} ${paint(color, mark)} ${text}${tail}`;
}

/** The text about an attempt, in the words of the log. */
export function attemptText(entry: AttemptEntry, what: string): string {
  const { eventName, destination, attempt, code, durationMs } = entry;
  const parts = [
    eventName,
    `to ${destination}`,
    what,
    code !== null && String(code),
    `${durationMs} ms`,
    attempt > 1 && `attempt ${attempt}`,
  ];
  return parts.filter(Boolean).join("  ");
}

/**
 * Text from outside, so that a terminal shows it and never obeys it.
 *
 * @module
 */

/** Control characters, line breaks and tabs aside, and what turns the direction of text. */
const CONTROLS =
  /[^\P{Cc}\t\n\r]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Escapes what a terminal could obey, as JSON does.
 *
 * @param text Lines, maybe JSON, which stays the same JSON.
 * @returns What can be shown.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, escape);
}

/**
 * The same for what is to stand within a line, and must not end it.
 *
 * @param text Part of a line.
 * @returns What can be shown in it.
 */
export function escapeInLine(text: string): string {
  return escapeControls(text).replace(/[\t\n\r]/g, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

// Text from outside, so that a terminal shows it and never obeys it, and no reader
// takes it for another.

/**
 * Control and format characters, line breaks and tabs aside; line separators, lone
 * surrogates, and what has no ink: fillers, joiners and variation selectors.
 */
const UNSEEN =
  /[^\P{Cc}\t\n\r]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}]/gu;

/** Characters that hardly any line of a log has; found at half the cost. */
const UNUSUAL = /[^\t\n\r -~]/;

/**
 * Escapes what cannot be seen or what a terminal could obey, as JSON does.
 *
 * @param text Lines, maybe JSON, which stays the same JSON.
 * @returns Text that is safe to show.
 */
export function escapeControls(text: string): string {
  return UNUSUAL.test(text) ? text.replace(UNSEEN, escape) : text;
}

/**
 * Escapes the same, and what would end the line.
 *
 * @returns Text that is safe to show within a line.
 */
export function escapeInLine(text: string): string {
  return escapeControls(text).replace(/[\t\n\r]/g, escape);
}

/** JSON writes characters beyond the first 65,536 as two. */
function escape(character: string): string {
  let escaped = "";
  for (let at = 0; at < character.length; at++) {
    const unit = character.charCodeAt(at).toString(16).padStart(4, "0");
    escaped += `\\u${unit}`;
  }
  return escaped;
}

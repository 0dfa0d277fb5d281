/**
 * JSON with comments and trailing commas, as people write settings.
 *
 * @module
 */

/** A string, or a comment; a string first, as it may hold what looks like a comment. */
const STRING_OR_COMMENT =
  /"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|\/\/[^\n]*|\/\*[^]*?\*\//g;

/** A string, or a comma that follows a value and that no other value follows. */
const STRING_OR_TRAILING_COMMA =
  /"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|(?<![[{,:]\s*),(?=\s*[}\]])/g;

/**
 * Blanks comments and trailing commas. Everything else stays where it is, so that a
 * line and a column in the result are those of the text.
 *
 * @param text JSON, comments and trailing commas allowed.
 * @returns JSON, if the text was.
 */
export function blankComments(text: string): string {
  return text
    .replace(
      STRING_OR_COMMENT,
      (found) => found[0] === '"' ? found : blank(found),
    )
    .replace(STRING_OR_TRAILING_COMMA, (found) => found === "," ? " " : found);
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/gu, " ");
}

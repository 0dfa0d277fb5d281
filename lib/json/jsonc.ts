// JSON with comments and trailing commas, as people write settings.

/** A string or a comment; strings first, as one may contain what looks like a comment. */
const STRING_OR_COMMENT =
  /"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|\/\/[^\n]*|\/\*[^]*?\*\//g;

/** A string or a trailing comma. */
const STRING_OR_TRAILING_COMMA =
  /"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|(?<![[{,:]\s*),(?=\s*[}\]])/g;

/**
 * Replaces comments and trailing commas by blanks, so that lines and columns in the
 * result are those of the text.
 *
 * @param text JSON, comments and trailing commas allowed.
 * @returns JSON, if the text was valid.
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

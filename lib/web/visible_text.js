// Untrusted text made safe to read: invisible and direction-changing characters are
// shown as JSON escapes.

/** Format characters, controls but for white space, and letters without ink. */
const INVISIBLE =
  /[\p{Cf}\u2028\u2029\u115f\u1160\u3164\uffa0]|(?![\t\n\r])\p{Cc}/gu;

/**
 * Escapes invisible characters.
 *
 * @param {string} text
 */
export function visibleText(text) {
  return text.replace(
    INVISIBLE,
    (character) =>
      character.split("").map((unit) =>
        `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
      ).join(""),
  );
}

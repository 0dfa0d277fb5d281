/**
 * Tells JSON that was cut off.
 *
 * @module
 */

/** What may be missing where it ends, before all that is open is closed. */
const CONTINUATIONS = ["", "0", ":0", '"":0'];

/** The beginning of a number or a literal, or all of one. */
const SCALAR =
  /^(?:t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?|-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:(?<=[0-9])[Ee][+-]?[0-9]*)?)?)$/;

/**
 * Tells whether a text could be the beginning of JSON, an object or an array, whose
 * rest is missing.
 *
 * @param text The text.
 * @returns Whether it ends in the middle.
 */
export function endsInTheMiddle(text: string): boolean {
  const closings: string[] = [];
  let isInString = false;
  let escapeAt = -1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === "\\") escapeAt = at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === "{") closings.push("}");
    else if (character === "[") closings.push("]");
    else if (character === "}" || character === "]") closings.pop();
  }
  if (closings.length === 0) return false;
  const rest = closings.reverse().join("");
  const scalar = isInString ? "" : lastWord(text);
  if (scalar !== "") {
    const before = text.slice(0, -scalar.length);
    return SCALAR.test(scalar) && isJson(`${before}0${rest}`);
  }
  const begun = isInString ? `${withoutHalfEscape(text, escapeAt)}"` : text;
  return CONTINUATIONS.some((continuation) =>
    isJson(`${begun}${continuation}${rest}`)
  );
}

function withoutHalfEscape(text: string, escapeAt: number): string {
  if (escapeAt === -1) return text;
  const length = text[escapeAt + 1] === "u" ? 6 : 2;
  return escapeAt + length > text.length ? text.slice(0, escapeAt) : text;
}

function lastWord(text: string): string {
  let start = text.length;
  while (/[\w.+-]/.test(text.charAt(start - 1))) start--;
  return text.slice(start);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

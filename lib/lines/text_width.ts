const PLAIN = /^[\x20-\x7e]*$/;

/** Characters without a width: combining marks and format characters. */
const NARROW = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Characters two columns wide: East Asian scripts and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/**
 * Measures text.
 *
 * @param text One line without control characters.
 */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/**
 * Shortens text to a width; an ellipsis stands for the rest.
 *
 * @param text One line without control characters.
 * @param columns The width limit, at least 1.
 * @returns The text, as far as there is room.
 */
export function cutText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let cut = "";
  let width = 1;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    cut += character;
  }
  return `${cut}…`;
}

function widthOf(character: string): number {
  if (NARROW.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/**
 * Text that gives way where room is scarce, rather than to wrap.
 *
 * @module
 */

import { cutText, textWidth } from "./text_width.ts";

/**
 * A piece of text, or its forms by how scarce room is: each holds from its number on,
 * and an empty one leaves the piece out. The form in full is that of 0.
 */
export type Forms = string | Readonly<Record<number, string>>;

/** The highest scarcity of room: no form has a larger number. */
export const SCARCITY_MAX = 7;

/** The gap between pieces. */
export const GAP = "  ";

/** A piece is not cut shorter than so. */
const PIECE_COLUMNS_MIN = 4;

/**
 * Chooses the form of a piece.
 *
 * @param forms Its forms.
 * @param scarcity From 0 to {@linkcode SCARCITY_MAX}.
 * @returns The form; empty when the piece is left out.
 */
export function formAt(forms: Forms, scarcity: number): string {
  if (typeof forms === "string") return forms;
  const froms = Object.keys(forms).map(Number);
  return forms[Math.max(...froms.filter((from) => from <= scarcity))] ?? "";
}

/**
 * Fits the pieces of a line: as much of them as there is room for. When not even
 * their shortest forms fit, the longest ones are cut.
 *
 * @param pieces What the line says.
 * @param columns How much room there is.
 * @returns A text for each piece; empty when it is left out.
 */
export function fitPieces(pieces: readonly Forms[], columns: number): string[] {
  let texts: string[] = [];
  for (let scarcity = 0; scarcity <= SCARCITY_MAX; scarcity++) {
    texts = pieces.map((forms) => formAt(forms, scarcity));
    if (lineWidth(texts) <= columns) return texts;
  }
  for (;;) {
    const over = lineWidth(texts) - columns;
    const widths = texts.map(textWidth);
    const widest = Math.max(...widths);
    if (over <= 0 || widest <= PIECE_COLUMNS_MIN) return texts;
    const at = widths.indexOf(widest);
    const room = Math.max(PIECE_COLUMNS_MIN, widest - over);
    texts[at] = cutText(texts[at] ?? "", room);
  }
}

/**
 * Breaks text into lines: between pieces, or else between words.
 *
 * @param pieces What is said; one that fits a line is not broken.
 * @param columns How wide a line may be; a longer word stands alone.
 * @returns The lines.
 */
export function wrapPieces(
  pieces: readonly string[],
  columns: number,
): string[] {
  return joinWithin(pieces, GAP, columns).flatMap((line) =>
    textWidth(line) <= columns
      ? [line]
      : joinWithin(line.split(" "), " ", columns)
  );
}

function joinWithin(
  texts: readonly string[],
  gap: string,
  columns: number,
): string[] {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    const longer = `${last}${gap}${text}`;
    if (last !== undefined && textWidth(longer) <= columns) {
      lines[lines.length - 1] = longer;
    } else lines.push(text);
  }
  return lines;
}

function lineWidth(texts: readonly string[]): number {
  return textWidth(texts.filter(Boolean).join(GAP));
}

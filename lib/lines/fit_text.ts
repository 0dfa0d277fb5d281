// Text that gives way where room is scarce, rather than to wrap.

import { cutText, textWidth } from "./text_width.ts";

/** A piece of a line: text, or text that gives way when the line is too long. */
export type Piece = string | {
  readonly text: string;
  /** The text that is shown instead when the line is too long. */
  readonly short?: string;
  /** Set for an id: it is shortened after all else, as people paste it into commands. */
  readonly isId?: true;
  /** The order in which pieces are left out, from 1; never unless given. */
  readonly drop?: number;
  /** The text that stays when it is left out; none unless given. */
  readonly rest?: string;
};

/** The space between pieces. */
export const GAP = "  ";

/** No piece is cut shorter. */
const PIECE_COLUMNS_MIN = 4;

/**
 * Shortens rows of pieces, step by step: first all that have a short text, ids last, then
 * what is left out, by its order.
 *
 * @yields A text for each piece; empty when it is left out.
 */
export function* shortened(
  rows: readonly (readonly Piece[])[],
): Generator<string[][]> {
  const pieces = rows.map((row) =>
    row.map((piece) => typeof piece === "string" ? { text: piece } : piece)
  );
  yield pieces.map((row) => row.map(({ text }) => text));
  yield pieces.map((row) =>
    row.map(({ text, short = text, isId }) => isId ? text : short)
  );
  const drops = new Set(pieces.flat().map(({ drop = 0 }) => drop));
  drops.delete(0);
  for (const limit of [0, ...[...drops].toSorted((a, b) => a - b)]) {
    yield pieces.map((row) =>
      row.map(({ text, short = text, drop = Infinity, rest = "" }) =>
        drop <= limit ? rest : short
      )
    );
  }
}

/**
 * Fits the pieces of a line: as much of them as there is room for. If what may not be
 * left out does not fit, the longest pieces are cut.
 *
 * @returns A text for each piece; empty when it is left out.
 */
export function fitPieces(pieces: readonly Piece[], columns: number): string[] {
  let texts: string[] = [];
  for ([texts = []] of shortened([pieces])) {
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
 * @param pieces The text; a piece that fits a line is not broken.
 * @param columns The width limit of a line; a longer word stands alone.
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

import { GAP, type Piece, shortened } from "../lines/fit_text.ts";
import { cutText, textWidth } from "../lines/text_width.ts";

/**
 * Pads the cells of each column to the same width, the last column aside. A column
 * whose cells are all left out takes no room.
 *
 * @param columns The width limit of a line; nothing is shortened without one.
 */
export function alignColumns(
  rows: readonly (readonly Piece[])[],
  columns: number | null = null,
): string[] {
  let lines: string[] = [];
  for (const texts of shortened(rows)) {
    lines = aligned(texts);
    const isFitting = columns === null ||
      lines.every((line) => textWidth(line) <= columns);
    if (isFitting) return lines;
  }
  return lines.map((line) => cutText(line, columns ?? Infinity));
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, textWidth(cell));
    }
  }
  return rows.map((row) =>
    row.flatMap((cell, column) => {
      const width = widths[column] ?? 0;
      return width > 0 ? [cell + " ".repeat(width - textWidth(cell))] : [];
    }).join(GAP).trimEnd()
  );
}

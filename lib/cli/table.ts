/**
 * Text in columns.
 *
 * @module
 */

/**
 * Pads the cells of each column to the same width, the last column aside.
 *
 * @param rows Rows of cells.
 * @returns A line for each row.
 */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")
      .trimEnd()
  );
}

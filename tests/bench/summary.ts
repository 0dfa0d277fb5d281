/**
 * Medians and tables.
 *
 * @module
 */

/** The one in the middle, or between the two that are. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  const high = sorted[Math.floor(middle)] ?? NaN;
  return (low + high) / 2;
}

/** A table in Markdown, its columns in line: the README's as well as a terminal's. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const lines = rows.map((row) =>
    `| ${
      widths.map((width, column) =>
        column === 0
          ? (row[column] ?? "").padEnd(width)
          : (row[column] ?? "").padStart(width)
      ).join(" | ")
    } |`
  );
  const rule = `| ${
    widths.map((width, column) =>
      column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
    ).join(" | ")
  } |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

/** Two digits that count, without an exponent. */
export function formatMs(ms: number): string {
  return ms.toFixed(ms < 10 ? 1 : 0);
}

import { DatabaseSync } from "node:sqlite";

/** A version of SQLite. */
type Version = readonly [major: number, minor: number, patch: number];

const FIRST_AFFECTED: Version = [3, 7, 0];
const FIRST_FIXED: Version = [3, 51, 3];

/** Older release lines with a backport of the fix. */
const FIXED_LINES: readonly Version[] = [[3, 50, 7], [3, 44, 6]];

/**
 * Returns the SQLite version of this runtime.
 *
 * @returns The version, such as `3.53.2`.
 */
export function engineVersion(): string {
  const db = new DatabaseSync(":memory:");
  try {
    return String(db.prepare("SELECT sqlite_version() AS v").get()?.v);
  } finally {
    db.close();
  }
}

/**
 * Returns whether a version of SQLite has the WAL-reset bug: two connections that write
 * and checkpoint at the same moment can make it skip pages that were committed
 * (https://sqlite.org/wal.html#walresetbug).
 *
 * @param version The version, such as `3.50.2`.
 * @returns True if it can lose stored events.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(losesCommits("3.50.2"), true);
 * assertEquals(losesCommits("3.53.2"), false);
 * ```
 */
export function losesCommits(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const is: Version = [major, minor, patch];
  const isInFixedLine = FIXED_LINES.some(([x, y, z]) =>
    major === x && minor === y && patch >= z
  );
  return compare(is, FIRST_AFFECTED) >= 0 && compare(is, FIRST_FIXED) < 0 &&
    !isInFixedLine;
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

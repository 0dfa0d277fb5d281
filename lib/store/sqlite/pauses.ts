// Paused destinations in a SQLite store.

import type { DatabaseSync } from "node:sqlite";

/** Pauses a destination, or resumes it if there is no time. */
export function writePause(
  db: DatabaseSync,
  destination: string,
  sinceMs: number | null,
): void {
  if (sinceMs === null) {
    db.prepare("DELETE FROM pauses WHERE destination = ?").run(destination);
    return;
  }
  db.prepare("INSERT OR IGNORE INTO pauses VALUES (?, ?)").run(
    destination,
    sinceMs,
  );
}

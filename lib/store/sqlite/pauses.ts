// Paused destinations in a SQLite store.

import type { DatabaseSync } from "node:sqlite";
import type { Pause } from "../outbox.ts";

/** Lists paused destinations by name. */
export function readPauses(db: DatabaseSync): Pause[] {
  return db.prepare(
    "SELECT destination, since_ms FROM pauses ORDER BY destination",
  ).all().map(({ destination, since_ms }) => ({
    destination: String(destination),
    sinceMs: Number(since_ms),
  }));
}

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

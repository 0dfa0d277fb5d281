// Paused destinations in a PostgreSQL store.

import type { Database } from "./database.ts";

/** Pauses a destination, or resumes it if there is no time. */
export async function writePause(
  database: Database,
  destination: string,
  sinceMs: number | null,
): Promise<void> {
  const statement = sinceMs === null
    ? "DELETE FROM $schema.pauses WHERE destination = $1"
    : `INSERT INTO $schema.pauses VALUES ($1, $2::bigint)
       ON CONFLICT DO NOTHING`;
  const values = sinceMs === null ? [destination] : [destination, sinceMs];
  await database.query(statement, values);
}

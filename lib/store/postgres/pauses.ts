// Paused destinations in a PostgreSQL store.

import type { DatabaseRow } from "../columns.ts";
import type { Pause } from "../outbox.ts";
import type { Database } from "./database.ts";

/** Lists paused destinations by name. */
export async function readPauses(
  read: (text: string) => Promise<readonly DatabaseRow[]>,
): Promise<Pause[]> {
  const rows = await read(
    "SELECT destination, since_ms FROM $schema.pauses ORDER BY destination",
  );
  return rows.map(({ destination, since_ms }) => ({
    destination: String(destination),
    sinceMs: Number(since_ms),
  }));
}

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

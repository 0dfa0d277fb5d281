// Erasure of payloads in a PostgreSQL store: see `lib/store/erasure.ts`. Freed pages are
// given back to the table, and the server overwrites them in its own time; its log and
// its backups are the administrator's.

import type { Erasure } from "../erasure.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { Database } from "./database.ts";
import { DURABLE } from "./inbox.ts";

const { pending, dead, erased } = STATUS_CODES;

/** A vacuum reads all of a large table; nothing waits for it. */
const VACUUM_MS = 3_600_000;

/**
 * Returns the parts of a statement that erase the events in its part `target`.
 *
 * @param erasedAtMs The placeholder of the time.
 */
export function eraseTarget(erasedAtMs: string): string {
  return `marked AS (
    UPDATE $schema.events e SET erased_at_ms = ${erasedAtMs}::bigint,
      body_mac = sha256(l.key || b.body)
    FROM target t JOIN $schema.bodies b USING (seq)
      CROSS JOIN $schema.link_index l
    WHERE e.seq = t.seq
  ), cleared AS (
    UPDATE $schema.bodies b SET content_type = NULL, headers = NULL, body = ''
    FROM target t WHERE b.seq = t.seq
  ), silenced AS (
    UPDATE $schema.attempts a SET output = ''
    FROM target t WHERE a.seq = t.seq
  ), ended AS (
    UPDATE $schema.dispatches d SET status = ${erased}
    FROM target t WHERE d.seq = t.seq AND d.status IN (${pending}, ${dead})
  )`;
}

const ERASE = `
  WITH target AS MATERIALIZED (
    SELECT seq FROM $schema.events
    WHERE object_id IN (SELECT json_array_elements_text($1::text::json))
      AND seq <= $2::bigint AND erased_at_ms IS NULL
    ORDER BY seq FOR UPDATE
  ), ${eraseTarget("$3")}, unlinked AS (
    DELETE FROM $schema.links l
    USING json_array_elements($4::text::json) AS k
    WHERE l.token = k ->> 0 AND l.object_id = k ->> 1
  )
  SELECT ${DURABLE}`;

export async function erasePayloads(
  database: Database,
  { objectIds, throughSeq, erasedAtMs, links }: Erasure,
): Promise<void> {
  const values = [
    JSON.stringify(objectIds),
    throughSeq,
    erasedAtMs,
    JSON.stringify(links),
  ];
  await database.query(ERASE, values);
  await vacuumErased(database);
}

/** Has the server overwrite what was erased. */
export async function vacuumErased(database: Database): Promise<void> {
  for (const table of ["bodies", "attempts", "links"]) {
    await database.query(`VACUUM $schema.${table}`, [], VACUUM_MS);
  }
}

// Erasure of payloads in a PostgreSQL store: see `lib/store/erasure.ts`. Freed pages are
// given back to the table, and the server overwrites them in its own time; its log and
// its backups are the administrator's.

import { StoreError } from "../../errors.ts";
import type { EraseOutcome, Erasure } from "../erasure.ts";
import { isHeld } from "../sql_holds.ts";
import type { SqlSource } from "../sql_source.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { Database } from "./database.ts";
import { DIALECT } from "./dialect.ts";
import { DURABLE } from "./inbox.ts";

const { pending, dead, erased } = STATUS_CODES;

/** How often holds are looked for anew, as one came meanwhile. */
export const TRIES_MAX = 20;

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

/**
 * Erases nothing if a hold came since they were counted: the counter's row is held until
 * the commit, and who makes a hold changes it.
 */
const ERASE = `
  WITH fence AS MATERIALIZED (
    SELECT value FROM $schema.counters
    WHERE name = 'holds' AND value = $5::bigint FOR SHARE
  ), target AS MATERIALIZED (
    SELECT seq FROM $schema.events
    WHERE erased_at_ms IS NULL AND EXISTS (SELECT FROM fence)
      AND (object_id IN (SELECT json_array_elements_text($1::text::json))
        AND (seq <= $2::bigint OR created_at_ms <= $6::bigint
          AND name NOT LIKE '%.redacted')
        OR id IN (SELECT json_array_elements_text($7::text::json)))
    ORDER BY seq FOR UPDATE
  ), ${eraseTarget("$3")}, unlinked AS (
    DELETE FROM $schema.links l
    USING json_array_elements($4::text::json) AS k
    WHERE l.token = k ->> 0 AND l.object_id = k ->> 1
      AND EXISTS (SELECT FROM fence)
  ), undeferred AS (
    DELETE FROM $schema.deferred_erasures
    WHERE object_id IN (SELECT json_array_elements_text($1::text::json))
      AND through_seq <= $2::bigint AND EXISTS (SELECT FROM fence)
  )
  SELECT EXISTS (SELECT FROM fence) AS is_done, ${DURABLE}`;

export async function erasePayloads(
  database: Database,
  erasure: Erasure,
): Promise<EraseOutcome> {
  const { objectIds, eventIds, throughSeq, beforeMs, erasedAtMs, links } =
    erasure;
  for (let tries = 0;; tries++) {
    const holds = await countHolds(database);
    if (await isHeld(sourceOf(database), erasure)) return "held";
    const [row] = await database.query(ERASE, [
      JSON.stringify(objectIds),
      throughSeq,
      erasedAtMs,
      JSON.stringify(links),
      holds,
      beforeMs,
      JSON.stringify(eventIds),
    ]);
    if (row?.is_done) break;
    if (tries === TRIES_MAX) {
      throw new StoreError(
        "Cannot erase: holds are being made all the time",
        "Erase again once that is over",
      );
    }
  }
  await vacuumErased(database);
  return "erased";
}

/** Has the server overwrite what was erased. */
export async function vacuumErased(database: Database): Promise<void> {
  for (const table of ["bodies", "attempts", "links"]) {
    await database.query(`VACUUM $schema.${table}`, [], VACUUM_MS);
  }
}

/** A number that changes with each hold that is made. */
export async function countHolds(database: Database): Promise<number> {
  const [row] = await database.query(
    "SELECT value FROM $schema.counters WHERE name = 'holds'",
  );
  return Number(row?.value);
}

function sourceOf(database: Database): SqlSource {
  return {
    dialect: DIALECT,
    read: (text, values) => database.query(text, values),
  };
}

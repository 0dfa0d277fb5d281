// The statements of erasures in a PostgreSQL store: see `erasures.ts`.

import { STATUS_CODES } from "../status_codes.ts";
import { DURABLE } from "./durable.ts";

const { pending, dead, erased } = STATUS_CODES;

/**
 * Returns the parts of a statement that erase the events in its part `target`.
 *
 * @param erasedAtMs The placeholder of the time.
 */
function eraseTarget(erasedAtMs: string): string {
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
  ), forgotten AS (
    DELETE FROM $schema.passed_over p USING target t WHERE p.seq = t.seq
  )`;
}

/** Of events that a hold or another erasure is not just about to change. */
export const ERASE = `
  WITH target AS MATERIALIZED (
    SELECT seq FROM $schema.events
    WHERE erased_at_ms IS NULL
      AND (object_id IN (SELECT json_array_elements_text($1::text::json))
        AND (seq <= $2::bigint OR created_at_ms <= $3::bigint)
        AND name NOT LIKE '%.redacted'
        OR id IN (SELECT json_array_elements_text($4::text::json)))
    ORDER BY seq FOR UPDATE
  ), ${eraseTarget("$5")}
  SELECT ${DURABLE}, count(*) AS events FROM target`;

/**
 * Events of a chunk that are not passed over, also those that were erased before; of those
 * that are unfinished only what was so already.
 */
export const EXPIRING = `
  SELECT e.seq, e.erased_at_ms IS NOT NULL AS is_erased
  FROM $schema.events e
    JOIN json_to_recordset($1::text::json) AS i(seq bigint, unfinished boolean)
      ON i.seq = e.seq
  WHERE e.erased_at_ms IS NOT NULL OR (i.unfinished OR NOT EXISTS (
      SELECT 1 FROM $schema.dispatches d
      WHERE d.seq = e.seq AND d.status IN (${pending}, ${dead})))
    AND NOT EXISTS (
      SELECT 1 FROM $schema.holds h
      WHERE (h.until_ms IS NULL OR h.until_ms > $2::bigint)
        AND (h.kind = 'object' AND h.token = e.object_id
          OR h.link_token IN (SELECT l.token FROM $schema.links l
            WHERE l.object_id = e.object_id)))
  ORDER BY e.seq FOR UPDATE OF e`;

/** Events that are remembered by their numbers; lists those of objects. */
export const ERASE_EVENTS = `
  WITH target AS MATERIALIZED (
    SELECT e.seq, e.object_id FROM json_array_elements($1::text::json) AS r
      JOIN $schema.events e
        ON e.seq BETWEEN (r ->> 0)::bigint AND (r ->> 1)::bigint
    WHERE e.erased_at_ms IS NULL ORDER BY e.seq FOR UPDATE OF e
  ), ${eraseTarget("$2")}
  SELECT DISTINCT object_id AS id, ${DURABLE}
  FROM target WHERE object_id IS NOT NULL`;

export const UNLINK = `
  WITH unlinked AS (
    DELETE FROM $schema.links l
    USING json_array_elements($3::text::json) AS k
    WHERE l.token = k ->> 0 AND l.object_id = k ->> 1
  )
  DELETE FROM $schema.deferred_erasures
  WHERE object_id IN (SELECT json_array_elements_text($1::text::json))
    AND through_seq <= $2::bigint`;

/** Who makes a hold changes this row: until the commit nobody does. */
export const KEEP_HOLDS =
  "SELECT value FROM $schema.counters WHERE name = 'holds' FOR SHARE";

/** Links of objects of which nothing is left but what tells of a redaction. */
export const UNLINK_ERASED = `
  DELETE FROM $schema.links l
  WHERE l.object_id IN (SELECT json_array_elements_text($1::text::json))
    AND NOT EXISTS (SELECT FROM $schema.events e
      WHERE e.object_id = l.object_id AND e.erased_at_ms IS NULL
        AND e.name NOT LIKE '%.redacted')`;

/**
 * From here on nothing is stored that does not know of the erasure: whoever stores events
 * or attempts holds the counter's row, too.
 */
export const BEGIN_EPOCH = `
  UPDATE $schema.counters SET epoch = floor(random() * 9e15)::bigint
  WHERE name IN ('events', 'attempts')`;

export const LOCK =
  "SELECT FROM $schema.counters WHERE name = 'events' FOR UPDATE";

export const TOMBSTONES = `
  SELECT coalesce(object_id, id) AS id, object_id IS NULL AS is_event,
    max(seq) AS through_seq, max(erased_at_ms) AS erased_at_ms,
    coalesce(max(created_at_ms), 0) AS before_ms
  FROM $schema.events e WHERE erased_at_ms IS NOT NULL AND NOT EXISTS (
    SELECT FROM $schema.events k WHERE k.object_id = e.object_id
      AND k.erased_at_ms IS NULL)
  GROUP BY 1, 2 ORDER BY through_seq`;

export const ERASED = `
  SELECT seq, erased_at_ms FROM $schema.events
  WHERE erased_at_ms IS NOT NULL`;

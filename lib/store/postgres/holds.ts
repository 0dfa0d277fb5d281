// Holds in a PostgreSQL store, see `lib/store/holds.ts`.

import { namesOf, recordOf } from "../columns.ts";
import type { DeferredErasure, Hold } from "../holds.ts";
import { HOLD_COLUMNS } from "../sql_holds.ts";
import type { Database, Query } from "./database.ts";
import { DURABLE } from "./durable.ts";

const NAMES = namesOf(HOLD_COLUMNS);

/** Counts: an erasure that looked for holds before is refused, and looks again. */
const SET_HOLDS = `
  WITH input AS MATERIALIZED (
    SELECT * FROM json_populate_recordset(NULL::$schema.holds, $1::text::json)
  ), counter AS (
    UPDATE $schema.counters SET value = value + 1 WHERE name = 'holds'
    RETURNING ${DURABLE}
  ), removed AS (
    DELETE FROM $schema.holds
    WHERE of_token IN (SELECT token FROM input WHERE of_token IS NULL)
      AND token NOT IN (SELECT token FROM input)
  )
  INSERT INTO $schema.holds (${NAMES.join(", ")})
  SELECT ${NAMES.map((name) => `i.${name}`).join(", ")}
  FROM counter CROSS JOIN input i ORDER BY token
  ON CONFLICT (token) DO UPDATE SET ${
  NAMES.map((name) => `${name} = excluded.${name}`).join(", ")
}`;

const REMOVE_HOLD = `
  WITH removed AS (DELETE FROM $schema.holds WHERE $1 IN (token, of_token))
  SELECT ${DURABLE}`;

const DEFER = `
  WITH deferred AS (
    INSERT INTO $schema.deferred_erasures AS d
      (object_id, through_seq, event_id, not_before_ms)
    SELECT object_id, through_seq, event_id, not_before_ms FROM json_populate_recordset(
      NULL::$schema.deferred_erasures, $1::text::json) ORDER BY object_id
    ON CONFLICT (object_id) DO UPDATE SET
      through_seq = excluded.through_seq, event_id = excluded.event_id,
      not_before_ms = excluded.not_before_ms
    WHERE excluded.through_seq >= d.through_seq
  )
  SELECT ${DURABLE}`;

export async function writeHolds(
  query: Query,
  holds: readonly Hold[],
): Promise<void> {
  const rows = holds.map((hold) => recordOf(HOLD_COLUMNS, hold));
  await query(SET_HOLDS, [JSON.stringify(rows)]);
}

export async function removeHold(
  database: Database,
  token: string,
): Promise<void> {
  await database.query(REMOVE_HOLD, [token]);
}

export async function deferErasures(
  database: Database,
  erasures: readonly DeferredErasure[],
): Promise<void> {
  const rows = erasures.map((one) => ({
    object_id: one.objectId,
    through_seq: one.throughSeq,
    event_id: one.eventId,
    not_before_ms: one.notBeforeMs ?? 0,
  }));
  await database.query(DEFER, [JSON.stringify(rows)]);
}

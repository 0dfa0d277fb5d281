// Holds in a PostgreSQL store, see `lib/store/holds.ts`.

import { namesOf, recordOf } from "../columns.ts";
import type { DeferredErasure, Hold } from "../holds.ts";
import { HOLD_COLUMNS } from "../sql_holds.ts";
import type { Database } from "./database.ts";
import { DURABLE } from "./inbox.ts";

const NAMES = namesOf(HOLD_COLUMNS);

/** Counts: an erasure that looked for holds before is refused, and looks again. */
const SET_HOLD = `
  WITH counter AS (
    UPDATE $schema.counters SET value = value + 1 WHERE name = 'holds'
    RETURNING ${DURABLE}
  )
  INSERT INTO $schema.holds (${NAMES.join(", ")})
  SELECT ${NAMES.map((name) => `i.${name}`).join(", ")}
  FROM counter CROSS JOIN
    json_populate_record(NULL::$schema.holds, $1::text::json) i
  ON CONFLICT (token) DO UPDATE SET ${
  NAMES.map((name) => `${name} = excluded.${name}`).join(", ")
}`;

const REMOVE_HOLD = `
  WITH removed AS (DELETE FROM $schema.holds WHERE token = $1)
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

export async function writeHold(database: Database, hold: Hold): Promise<void> {
  const record = JSON.stringify(recordOf(HOLD_COLUMNS, hold));
  await database.query(SET_HOLD, [record]);
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

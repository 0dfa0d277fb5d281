// Holds in a SQLite store, see `lib/store/holds.ts`. Each is written in a transaction that
// is under way.

import type { DatabaseSync } from "node:sqlite";
import { insertInto, valuesOf } from "../columns.ts";
import type { DeferredErasure, Hold } from "../holds.ts";
import { HOLD_COLUMNS } from "../sql_holds.ts";

export function writeHold(db: DatabaseSync, hold: Hold): void {
  const insert = insertInto("holds", HOLD_COLUMNS);
  db.prepare(insert.replace("INSERT", "INSERT OR REPLACE"))
    .run(...valuesOf(HOLD_COLUMNS, hold));
}

export function removeHold(db: DatabaseSync, token: string): void {
  db.prepare("DELETE FROM holds WHERE token = ?").run(token);
}

export function deferErasures(
  db: DatabaseSync,
  erasures: readonly DeferredErasure[],
): void {
  const insert = db.prepare(
    `INSERT INTO deferred_erasures VALUES (?, ?, ?, ?)
     ON CONFLICT (object_id) DO UPDATE SET
       through_seq = excluded.through_seq, event_id = excluded.event_id,
       not_before_ms = excluded.not_before_ms
     WHERE excluded.through_seq >= through_seq`,
  );
  for (const { objectId, throughSeq, eventId, notBeforeMs = 0 } of erasures) {
    insert.run(objectId, throughSeq, eventId, notBeforeMs);
  }
}

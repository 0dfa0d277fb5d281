// Holds in a SQLite store, see `lib/store/holds.ts`. Each is written in a transaction that
// is under way.

import type { DatabaseSync } from "node:sqlite";
import { insertInto, valuesOf } from "../columns.ts";
import type { DeferredErasure, Hold } from "../holds.ts";
import { HOLD_COLUMNS } from "../sql_holds.ts";

export function writeHolds(db: DatabaseSync, holds: readonly Hold[]): void {
  const removeParts = db.prepare("DELETE FROM holds WHERE of_token = ?");
  const insert = db.prepare(
    insertInto("holds", HOLD_COLUMNS).replace("INSERT", "INSERT OR REPLACE"),
  );
  for (const { token, ofToken } of holds) {
    if (ofToken === null) removeParts.run(token);
  }
  for (const hold of holds) insert.run(...valuesOf(HOLD_COLUMNS, hold));
}

export function removeHold(db: DatabaseSync, token: string): void {
  db.prepare("DELETE FROM holds WHERE token = :token OR of_token = :token")
    .run({ token });
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

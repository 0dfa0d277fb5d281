// Retention in a SQLite store, in transactions under way: see `lib/store/retention.ts`.

import type { DatabaseSync } from "node:sqlite";
import { erasedEventsOf, type ErasedId } from "../erasure.ts";
import type { ExpiredEvent, Expiry, RetentionProgress } from "../retention.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { SqliteErasures } from "./erasures.ts";

const { pending, dead } = STATUS_CODES;

/** Erases payloads of events that are still as they were. */
export function expireEvents(
  db: DatabaseSync,
  { events, erasedAtMs }: Expiry,
  erasures: Pick<SqliteErasures, "erase">,
): void {
  const unfinished = db.prepare(
    `SELECT 1 FROM dispatches
     WHERE seq = ? AND status IN (${pending}, ${dead}) LIMIT 1`,
  );
  const held = db.prepare(
    `SELECT 1 FROM holds h
     WHERE (h.until_ms IS NULL OR h.until_ms > :nowMs)
       AND (h.kind = 'object' AND h.token = :id OR h.link_token IN (
         SELECT token FROM links WHERE object_id = :id)) LIMIT 1`,
  );
  const isHeld = (id: string | null) =>
    id !== null && held.get({ id, nowMs: erasedAtMs }) !== undefined;
  const seqs = events.filter(({ seq, objectId, isUnfinished }) =>
    (isUnfinished || unfinished.get(seq) === undefined) && !isHeld(objectId)
  ).map(({ seq }) => seq);
  erasures.erase(seqs, erasedAtMs);
}

/** Returns the part of a chunk that was erased, as some of it may be passed over. */
export function erasedOf(
  db: DatabaseSync,
  { done = [] }: RetentionProgress,
): ErasedId | undefined {
  if (done.length === 0) return undefined;
  const rows = db.prepare(
    `SELECT seq, erased_at_ms FROM events WHERE erased_at_ms IS NOT NULL
       AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq`,
  ).all(JSON.stringify(done.map(({ seq }) => seq)));
  if (rows.length === 0) return undefined;
  const seqs = rows.map(({ seq }) => Number(seq));
  return erasedEventsOf(seqs, Number(rows.at(-1)?.erased_at_ms));
}

/** Remembers, and removes what nothing leads to any more. */
export function saveRetention(
  db: DatabaseSync,
  { state, done = [], passedOver = [] }: RetentionProgress,
): void {
  db.prepare("UPDATE retention SET state = ?").run(state);
  passOver(db, done, passedOver);
  const ids = [...new Set(done.flatMap(({ objectId }) => objectId ?? []))];
  const listed = "(SELECT value FROM json_each(:ids))";
  // All at once: the latest events have no index by their object.
  const kept = db.prepare(
    `SELECT DISTINCT object_id AS id FROM events
     WHERE erased_at_ms IS NULL AND seq IN (
       SELECT seq FROM event_objects WHERE object_id IN ${listed}
       UNION SELECT seq FROM events
         WHERE seq > (SELECT settled_seq FROM id_index)
           AND object_id IN ${listed})`,
  ).all({ ids: JSON.stringify(ids) });
  const keptIds = new Set(kept.map(({ id }) => id));
  const unlink = db.prepare("DELETE FROM links WHERE object_id = ?");
  for (const id of ids) if (!keptIds.has(id)) unlink.run(id);
}

function passOver(
  db: DatabaseSync,
  done: readonly ExpiredEvent[],
  passedOver: readonly number[],
): void {
  const isKept = db.prepare(
    "SELECT 1 FROM events WHERE seq = ? AND erased_at_ms IS NULL",
  );
  const add = db.prepare("INSERT OR IGNORE INTO passed_over VALUES (?)");
  const remove = db.prepare("DELETE FROM passed_over WHERE seq = ?");
  for (const seq of passedOver) add.run(seq);
  for (const { seq } of done) {
    if (isKept.get(seq) === undefined) remove.run(seq);
    else add.run(seq);
  }
}

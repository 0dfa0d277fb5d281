// Retention in a SQLite store: see `lib/store/retention.ts`.

import type { DatabaseSync } from "node:sqlite";
import type { Expiry, RetentionProgress } from "../retention.ts";
import { STATUS_CODES } from "../status_codes.ts";

const { pending, dead } = STATUS_CODES;

/** Events of a chunk that are not passed over. */
interface Expiring {
  /** All of them, also those that were erased before. */
  readonly all: readonly number[];
  readonly unerased: readonly number[];
}

/** Finds the events that are still as they were, by `seq`. */
export function findExpiring(
  db: DatabaseSync,
  { events, erasedAtMs }: Pick<Expiry, "events" | "erasedAtMs">,
): Expiring {
  const erased = db.prepare(
    "SELECT 1 FROM events WHERE seq = ? AND erased_at_ms IS NOT NULL",
  );
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
  const all: number[] = [];
  const unerased: number[] = [];
  for (const { seq, objectId, isUnfinished } of events) {
    const isErased = erased.get(seq) !== undefined;
    const isNeeded = !isUnfinished && unfinished.get(seq) !== undefined;
    if (!isErased && (isNeeded || isHeld(objectId))) continue;
    all.push(seq);
    if (!isErased) unerased.push(seq);
  }
  return { all, unerased };
}

/** Remembers, in a transaction under way. */
export function saveRetention(
  db: DatabaseSync,
  { state, passedOver = [] }: RetentionProgress,
): void {
  db.prepare("UPDATE retention SET state = ?").run(state);
  const add = db.prepare("INSERT OR IGNORE INTO passed_over VALUES (?)");
  for (const seq of passedOver) add.run(seq);
}

// The totals of a SQLite store, without a scan of it.

import type { DatabaseSync } from "node:sqlite";
import { STATUS_CODES } from "../status_codes.ts";
import type { DestinationTotals, Totals } from "../event_reader.ts";

const { pending, dead } = STATUS_CODES;

/** The counts come from the indexes of unfinished dispatches alone. */
const UNFINISHED = `
  SELECT destination, count(*) AS pending, 0 AS dead
  FROM dispatches INDEXED BY pending_dispatches WHERE status = ${pending}
  GROUP BY destination
  UNION ALL
  SELECT destination, 0, count(*)
  FROM dispatches INDEXED BY dead_dispatches WHERE status = ${dead}
  GROUP BY destination`;

/** Bounded, as an index of due times would cost a page per event and per attempt. */
const OLDEST_DUE = `
  SELECT min(due_at_ms) AS due_at_ms FROM (
    SELECT due_at_ms FROM dispatches INDEXED BY pending_dispatches
    WHERE status = ${pending} AND destination = ? ORDER BY seq LIMIT 1000)`;

/** Reads the totals of a store. */
export function readTotals(db: DatabaseSync): Totals {
  const { seq } = db.prepare("SELECT max(seq) AS seq FROM events").get() ?? {};
  const oldestDue = db.prepare(OLDEST_DUE);
  const destinations = db.prepare(
    `SELECT destination, sum(pending) AS pending, sum(dead) AS dead
     FROM (${UNFINISHED}) GROUP BY destination ORDER BY destination`,
  ).all().map((row): DestinationTotals => {
    const destination = String(row.destination);
    const dueAtMs = oldestDue.get(destination)?.due_at_ms ?? null;
    return {
      destination,
      pending: Number(row.pending),
      dead: Number(row.dead),
      oldestDueAtMs: dueAtMs === null ? null : Number(dueAtMs),
    };
  });
  // Events are numbered from 1 without gaps, and none is ever deleted.
  return { events: Number(seq), destinations };
}

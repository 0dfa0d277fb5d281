// How much there is in a PostgreSQL store, without looking at all of it.

import type { DatabaseRow } from "../columns.ts";
import type { Totals } from "../event_reader.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { Parameter } from "./database.ts";

const { pending, dead } = STATUS_CODES;

/** Both counts come from the indexes on what is unfinished. */
const UNFINISHED = `
  SELECT destination, sum(pending) AS pending, sum(dead) AS dead FROM (
    SELECT destination, count(*) AS pending, 0 AS dead
    FROM $schema.dispatches WHERE status = ${pending} GROUP BY destination
    UNION ALL
    SELECT destination, 0, count(*)
    FROM $schema.dispatches WHERE status = ${dead} GROUP BY destination
  ) AS unfinished GROUP BY destination`;

/** An index on what is due would cost each event and each attempt a page more. */
const TOTALS = `
  SELECT u.destination, u.pending, u.dead, (
    SELECT min(due_at_ms) FROM (
      SELECT due_at_ms FROM $schema.dispatches d
      WHERE status = ${pending} AND d.destination = u.destination
      ORDER BY seq LIMIT 1000
    ) AS first
  ) AS oldest_due_at_ms
  FROM (${UNFINISHED}) AS u ORDER BY u.destination`;

/**
 * Counts.
 *
 * @param read Runs a statement.
 */
export async function readTotals(
  read: (
    text: string,
    values?: readonly Parameter[],
  ) => Promise<readonly DatabaseRow[]>,
): Promise<Totals> {
  const [[events], unfinished] = await Promise.all([
    read(
      `SELECT sum(CASE name WHEN 'events' THEN value ELSE -value END) AS count
       FROM $schema.counters WHERE name IN ('events', 'gaps')`,
    ),
    read(TOTALS),
  ]);
  return {
    events: Number(events?.count),
    destinations: unfinished.map((row) => ({
      destination: String(row.destination),
      pending: Number(row.pending),
      dead: Number(row.dead),
      oldestDueAtMs: row.oldest_due_at_ms === null
        ? null
        : Number(row.oldest_due_at_ms),
    })),
  };
}

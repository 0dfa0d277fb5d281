// Queries of holds in SQL, once for every adapter.

import {
  type Columns,
  numberOrNullOf,
  readRow,
  textOrNullOf,
} from "./columns.ts";
import type { Erasure } from "./erasure.ts";
import type { DeferredErasure, HeldQuery, Hold } from "./holds.ts";
import type { OlderToken } from "./links.ts";
import { readSql, type SqlSource } from "./sql_source.ts";
import type { SqlWriter } from "./sql_where.ts";

/** The columns of `holds`. */
export const HOLD_COLUMNS: Columns<Hold> = {
  kind: { name: "kind", read: (value) => value as Hold["kind"] },
  token: { name: "token", read: String },
  ofToken: { name: "of_token", read: textOrNullOf },
  linkToken: { name: "link_token", read: textOrNullOf },
  linkKey: { name: "link_key", read: textOrNullOf },
  reason: { name: "reason", read: String },
  byWhom: { name: "by_whom", read: String },
  atMs: { name: "at_ms", read: Number },
  untilMs: { name: "until_ms", read: numberOrNullOf },
};

const isActive = (nowMs: number, sql: SqlWriter) =>
  `(h.until_ms IS NULL OR h.until_ms > ${sql.bind(nowMs)})`;

/** All that is on hold, as `object_id` with the columns of its hold. */
function held(nowMs: number, sql: SqlWriter): string {
  // Not by a subquery for each object: there may be many of them, and many holds.
  return `SELECT h.token AS object_id, h.* FROM $schema.holds h
      WHERE h.kind = 'object' AND ${isActive(nowMs, sql)}
    UNION ALL SELECT l.object_id, h.* FROM $schema.holds h
      JOIN $schema.links l ON l.token = h.link_token
      WHERE ${isActive(nowMs, sql)}`;
}

/** See {@linkcode HoldReader.holds}. */
export async function readHolds(
  source: SqlSource,
  nowMs: number,
): Promise<readonly Hold[]> {
  const rows = await readSql(
    source,
    (sql) =>
      `SELECT h.* FROM $schema.holds h WHERE ${isActive(nowMs, sql)}
     ORDER BY at_ms DESC, token`,
  );
  return rows.map((row) => readRow(HOLD_COLUMNS, row));
}

/** See {@linkcode HoldReader.holdsOfLinks}. */
export async function readHoldsOfLinks(
  source: SqlSource,
  { tokens, nowMs }: { tokens: readonly string[]; nowMs: number },
): Promise<readonly Hold[]> {
  const rows = await readSql(
    source,
    (sql) =>
      `SELECT h.* FROM $schema.holds h WHERE ${isActive(nowMs, sql)}
       AND h.link_token IN (${sql.bindTexts(tokens)}) ORDER BY at_ms, token`,
  );
  return rows.map((row) => readRow(HOLD_COLUMNS, row));
}

/** See {@linkcode HoldReader.heldOf}. */
export async function readHeldOf(
  source: SqlSource,
  { objectIds, nowMs }: HeldQuery,
): Promise<ReadonlyMap<string, readonly Hold[]>> {
  const rows = await readSql(
    source,
    (sql) =>
      `SELECT * FROM (${held(nowMs, sql)}) AS held
     WHERE object_id IN (${sql.bindTexts(objectIds)})
     ORDER BY object_id, at_ms, token`,
  );
  const byObject = new Map<string, Hold[]>();
  for (const row of rows) {
    const objectId = String(row.object_id);
    const holds = byObject.get(objectId) ?? [];
    const hold = readRow(HOLD_COLUMNS, row);
    const isKnown = holds.some((one) => idOf(one) === idOf(hold));
    if (!isKnown) holds.push(hold);
    byObject.set(objectId, holds);
  }
  return byObject;
}

/** The hold that it is, or is a part of. */
function idOf({ token, ofToken }: Hold): string {
  return ofToken ?? token;
}

/** Returns whether anything that is to be erased is on hold. */
export async function isHeld(
  source: SqlSource,
  { objectIds, links, erasedAtMs: nowMs }: Erasure,
): Promise<boolean> {
  const held = await readHeldOf(source, { objectIds, nowMs });
  if (held.size > 0) return true;
  // Links that may not be in the index yet.
  const tokens = links.map(([token]) => token);
  const rows = await readSql(
    source,
    (sql) =>
      `SELECT 1 AS one FROM $schema.holds h WHERE ${isActive(nowMs, sql)}
       AND h.link_token IN (${sql.bindTexts(tokens)}) LIMIT 1`,
  );
  return rows.length > 0;
}

/** See {@linkcode HoldReader.dueErasures}. */
export async function readDueErasures(
  source: SqlSource,
  { nowMs, limit }: { nowMs: number; limit: number },
): Promise<readonly DeferredErasure[]> {
  const rows = await readSql(
    source,
    (sql) =>
      `SELECT * FROM $schema.deferred_erasures WHERE object_id NOT IN (
       SELECT object_id FROM (${held(nowMs, sql)}) AS held
     ) AND not_before_ms <= ${sql.bind(nowMs)} ORDER BY object_id LIMIT ${
        sql.bind(limit)
      }`,
  );
  return rows.map((row) => ({
    objectId: String(row.object_id),
    throughSeq: Number(row.through_seq),
    eventId: String(row.event_id),
  }));
}

/** Tokens of holds that were made with another key than the store's own. */
export async function readOlderTokens(
  source: SqlSource,
  storeKey: string,
): Promise<readonly OlderToken[]> {
  const rows = await readSql(
    source,
    (sql) =>
      `SELECT link_key, link_token FROM $schema.holds
     WHERE link_key <> ${sql.bind(storeKey)} ORDER BY link_key, link_token`,
  );
  return rows.map((row) => [String(row.link_key), String(row.link_token)]);
}

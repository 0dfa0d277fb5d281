/**
 * Filters of events as SQL of SQLite.
 *
 * @module
 */

import type { EventFilter } from "../event_filter.ts";
import { type SqlConditions, whereOf } from "../sql_where.ts";
import { STATUS_CODES } from "../status_codes.ts";

const { ignored, done, pending, dead } = STATUS_CODES;

/** The latest ids are not in the tables yet, see `EventIndex`. */
const UNSETTLED = "seq > (SELECT settled_seq FROM id_index)";

const IN_RANGE = "BETWEEN :from AND :to";
/** Queries of ids in a range, in the order of their bytes. */
export const WITH_PREFIX = {
  event: `SELECT id FROM event_ids WHERE id ${IN_RANGE}
    UNION SELECT id FROM events WHERE ${UNSETTLED} AND id ${IN_RANGE}
    ORDER BY id LIMIT :limit`,
  object: `SELECT object_id AS id FROM event_objects WHERE object_id ${IN_RANGE}
    UNION SELECT object_id AS id FROM events
      WHERE ${UNSETTLED} AND object_id ${IN_RANGE}
    ORDER BY id LIMIT :limit`,
};

const CONDITIONS: SqlConditions<string | number> = {
  ids: (ids, bind) => {
    const listed = `(SELECT value FROM json_each(${
      bind(JSON.stringify(ids))
    }))`;
    return `seq IN (SELECT seq FROM event_ids WHERE id IN ${listed}
      UNION SELECT seq FROM events WHERE ${UNSETTLED} AND id IN ${listed})`;
  },
  names: (names, bind) => {
    const globs = names.map((name) => `name GLOB ${bind(toSqliteGlob(name))}`);
    return globs.length > 0 ? `(${globs.join(" OR ")})` : "TRUE";
  },
  objectId: (objectId, bind) => {
    const id = bind(objectId);
    return `seq IN (SELECT seq FROM event_objects WHERE object_id = ${id}
      UNION SELECT seq FROM events WHERE ${UNSETTLED} AND object_id = ${id})`;
  },
  objectIds: (objectIds, bind) => {
    const listed = `(SELECT value FROM json_each(${
      bind(JSON.stringify(objectIds))
    }))`;
    return `seq IN (SELECT seq FROM event_objects WHERE object_id IN ${listed}
      UNION SELECT seq FROM events WHERE ${UNSETTLED} AND object_id IN ${listed})`;
  },
  receivedSinceMs: (timeMs, bind) => `received_at_ms >= ${bind(timeMs)}`,
  receivedUntilMs: (timeMs, bind) => `received_at_ms <= ${bind(timeMs)}`,
  beforeSeq: (seq, bind) => `seq < ${bind(seq)}`,
  destination: (name, bind) =>
    `EXISTS (SELECT 1 FROM dispatches d
      WHERE d.seq = events.seq AND d.destination = ${bind(name)})`,
  // The status of all dispatches of an event, or of the one at a destination.
  status: (status, bind, { destination }) => {
    const there = destination === undefined
      ? ""
      : ` AND destination = ${bind(destination)}`;
    const ofEvent =
      `SELECT 1 FROM dispatches d WHERE d.seq = events.seq${there}`;
    // Unfinished dispatches have indexes.
    const unfinished = (code: number) =>
      `(SELECT seq FROM dispatches WHERE status = ${code}${there})`;
    switch (status) {
      case "dead":
        return `seq IN ${unfinished(dead)}`;
      case "pending":
        return `seq IN ${unfinished(pending)} AND seq NOT IN ${
          unfinished(dead)
        }`;
      case "done":
        return `EXISTS (${ofEvent} AND d.status = ${done})
          AND NOT EXISTS (${ofEvent} AND d.status > ${done})`;
      case "none":
        return `NOT EXISTS (${ofEvent} AND d.status > ${ignored})`;
    }
  },
};

/** A `WHERE` clause on `events` and the values of its named parameters. */
interface Where {
  readonly where: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/**
 * Converts conditions to a clause.
 *
 * @param conditions The conditions.
 * @returns The clause, empty without conditions, and its values.
 */
export function whereEvents(conditions: Omit<EventFilter, "limit">): Where {
  const { where, values } = whereOf(conditions, CONDITIONS, (i) => `:p${i}`);
  const named = values.map((value, i) => [`p${i}`, value] as const);
  return { where, values: Object.fromEntries(named) };
}

/** SQLite's other wildcards, `?` and `[`, stand for themselves here. */
function toSqliteGlob(glob: string): string {
  return glob.replace(/[?[]/g, "[$&]");
}

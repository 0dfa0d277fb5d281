// Filters of events as SQL of SQLite.

import type { EventFilter } from "../event_filter.ts";
import { type SqlDialect, whereOf } from "../sql_where.ts";

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

const DIALECT: SqlDialect = {
  placeholder: (index) => `:p${index}`,
  integer: (placeholder) => placeholder,
  texts: (placeholder) => `SELECT value FROM json_each(${placeholder})`,
  // SQLite's other wildcards, `?` and `[`, stand for themselves here.
  like: { operator: "GLOB", pattern: (glob) => glob.replace(/[?[]/g, "[$&]") },
  dispatches: "dispatches",
  ids: (query) =>
    `seq IN (SELECT seq FROM event_ids WHERE id IN (${query})
      UNION SELECT seq FROM events WHERE ${UNSETTLED} AND id IN (${query}))`,
  objectIds: (query) =>
    `seq IN (SELECT seq FROM event_objects WHERE object_id IN (${query})
      UNION SELECT seq FROM events
        WHERE ${UNSETTLED} AND object_id IN (${query}))`,
};

/** A `WHERE` clause on `events` and the values of its named parameters. */
interface Where {
  readonly where: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** Converts conditions to a clause, which is empty without any. */
export function whereEvents(conditions: Omit<EventFilter, "limit">): Where {
  const { where, values } = whereOf(conditions, DIALECT);
  const named = values.map((value, i) => [`p${i}`, value] as const);
  return { where, values: Object.fromEntries(named) };
}

import type { SqlDialect } from "../sql_where.ts";

/** The latest ids are not in the tables yet, see `EventIndex`. */
const UNSETTLED = "seq > (SELECT settled_seq FROM id_index)";

const texts = (placeholder: string) =>
  `SELECT value FROM json_each(${placeholder})`;

/** The SQL of SQLite. */
export const DIALECT: SqlDialect = {
  placeholder: (index) => `:p${index}`,
  integer: (placeholder) => placeholder,
  texts,
  integers: texts,
  // SQLite's other wildcards, `?` and `[`, stand for themselves here.
  like: { operator: "GLOB", pattern: (glob) => glob.replace(/[?[]/g, "[$&]") },
  ids: (query) =>
    `seq IN (SELECT seq FROM event_ids WHERE id IN (${query})
      UNION SELECT seq FROM events WHERE ${UNSETTLED} AND id IN (${query}))`,
  objectIds: (query) =>
    `seq IN (SELECT seq FROM event_objects WHERE object_id IN (${query})
      UNION SELECT seq FROM events
        WHERE ${UNSETTLED} AND object_id IN (${query}))`,
  idsInRange: {
    event: (range) =>
      `SELECT id FROM event_ids WHERE id ${range}
       UNION SELECT id FROM events WHERE ${UNSETTLED} AND id ${range}`,
    object: (range) =>
      `SELECT object_id AS id FROM event_objects WHERE object_id ${range}
       UNION SELECT object_id AS id FROM events
         WHERE ${UNSETTLED} AND object_id ${range}`,
  },
  // Events are numbered from 1 without gaps, and none is ever deleted.
  eventCount: "SELECT coalesce(max(seq), 0) AS count FROM events",
  storeBytes:
    "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
  pendingIndex: "INDEXED BY pending_dispatches",
  deadIndex: "INDEXED BY dead_dispatches",
};

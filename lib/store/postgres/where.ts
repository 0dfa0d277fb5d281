// Filters of events as SQL of PostgreSQL.

import type { EventFilter } from "../event_filter.ts";
import { type SqlDialect, type SqlWhere, whereOf } from "../sql_where.ts";

const DIALECT: SqlDialect = {
  placeholder: (index) => `$${index + 1}`,
  integer: (placeholder) => `${placeholder}::bigint`,
  texts: (placeholder) =>
    `SELECT json_array_elements_text(${placeholder}::text::json)`,
  // Of the wildcards only `*` is ours; those of LIKE stand for themselves.
  like: {
    operator: "LIKE",
    pattern: (glob) => glob.replace(/[%_\\]/g, "\\$&").replaceAll("*", "%"),
  },
  dispatches: "$schema.dispatches",
  ids: (query) => `id IN (${query})`,
  objectIds: (query) => `object_id IN (${query})`,
};

/** Converts conditions to a clause on `events`. */
export function whereEvents(conditions: Omit<EventFilter, "limit">): SqlWhere {
  return whereOf(conditions, DIALECT);
}

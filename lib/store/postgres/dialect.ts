import type { SqlDialect } from "../sql_where.ts";

const texts = (placeholder: string) =>
  `SELECT json_array_elements_text(${placeholder}::text::json)`;

/** The SQL of PostgreSQL. */
export const DIALECT: SqlDialect = {
  placeholder: (index) => `$${index + 1}`,
  integer: (placeholder) => `${placeholder}::bigint`,
  texts,
  integers: (placeholder) => `${texts(placeholder)}::bigint`,
  // Of the wildcards only `*` is ours; those of LIKE stand for themselves.
  like: {
    operator: "LIKE",
    pattern: (glob) => glob.replace(/[%_\\]/g, "\\$&").replaceAll("*", "%"),
  },
  ids: (query) => `id IN (${query})`,
  objectIds: (query) => `object_id IN (${query})`,
  idsInRange: {
    event: (range) => `SELECT id FROM $schema.events WHERE id ${range}`,
    object: (range) =>
      `SELECT DISTINCT object_id AS id FROM $schema.events
       WHERE object_id ${range}`,
  },
  eventCount:
    `SELECT sum(CASE name WHEN 'events' THEN value ELSE -value END) AS count
     FROM $schema.counters WHERE name IN ('events', 'gaps')`,
  storeBytes: `SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class
     WHERE relnamespace = to_regnamespace('$schema') AND relkind = 'r'`,
  pendingIndex: "",
  deadIndex: "",
};

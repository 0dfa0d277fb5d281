// Filters of events as SQL of PostgreSQL.

import type { EventFilter } from "../event_filter.ts";
import { type SqlConditions, type SqlWhere, whereOf } from "../sql_where.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { Parameter } from "./database.ts";

const { ignored, done, pending, dead } = STATUS_CODES;

const CONDITIONS: SqlConditions<Parameter> = {
  ids: (ids, bind) => `id IN (${listed(ids, bind)})`,
  names: (names, bind) =>
    names.length > 0
      ? `name LIKE ANY (ARRAY(${listed(names.map(toLikePattern), bind)}))`
      : "TRUE",
  objectId: (objectId, bind) => `object_id = ${bind(objectId)}`,
  objectIds: (objectIds, bind) => `object_id IN (${listed(objectIds, bind)})`,
  receivedSinceMs: (timeMs, bind) =>
    `received_at_ms >= ${bind(timeMs)}::bigint`,
  receivedUntilMs: (timeMs, bind) =>
    `received_at_ms <= ${bind(timeMs)}::bigint`,
  beforeSeq: (seq, bind) => `seq < ${bind(seq)}::bigint`,
  destination: (name, bind) =>
    `EXISTS (SELECT FROM $schema.dispatches d
      WHERE d.seq = events.seq AND d.destination = ${bind(name)})`,
  // Of all dispatches of an event, or of the one at a destination.
  status: (status, bind, { destination }) => {
    const there = destination === undefined
      ? ""
      : ` AND d.destination = ${bind(destination)}`;
    const all = `$schema.dispatches d`;
    const ofEvent = `SELECT FROM ${all} WHERE d.seq = events.seq${there}`;
    // For what is unfinished there are indexes.
    const unfinished = (code: number) =>
      `(SELECT d.seq FROM ${all} WHERE d.status = ${code}${there})`;
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

/** Converts conditions to a clause on `events`. */
export function whereEvents(
  conditions: Omit<EventFilter, "limit">,
): SqlWhere<Parameter> {
  return whereOf(conditions, CONDITIONS, (index) => `$${index + 1}`);
}

/** The query of a list's elements. */
function listed(
  texts: readonly string[],
  bind: (value: Parameter) => string,
): string {
  const list = bind(JSON.stringify(texts));
  return `SELECT json_array_elements_text(${list}::text::json)`;
}

/** Of the wildcards only `*` is ours; those of LIKE stand for themselves. */
function toLikePattern(glob: string): string {
  return glob.replace(/[%_\\]/g, "\\$&").replaceAll("*", "%");
}

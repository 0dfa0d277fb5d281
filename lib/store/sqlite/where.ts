/**
 * Which events to list, in SQL.
 *
 * @module
 */

import { STATUS_CODES } from "../status_codes.ts";
import type { EventFilter } from "../event_filter.ts";
import type { EventStatus } from "../event_reader.ts";

/** A condition and the values that it names. */
interface Conditions {
  readonly where: string;
  readonly values: Readonly<Record<string, string | number>>;
}

const { ignored, done, pending, dead } = STATUS_CODES;

/** The latest ids are not in the tables yet, see `EventIndex`. */
const UNSETTLED = "seq > (SELECT settled_seq FROM id_index)";
const LISTED = "(SELECT value FROM json_each(:ids))";
const OF_IDS = `seq IN (
  SELECT seq FROM event_ids WHERE id IN ${LISTED}
  UNION SELECT seq FROM events WHERE ${UNSETTLED} AND id IN ${LISTED})`;
const OF_OBJECT = `seq IN (
  SELECT seq FROM event_objects WHERE object_id = :objectId
  UNION SELECT seq FROM events WHERE ${UNSETTLED} AND object_id = :objectId)`;

const IN_RANGE = "BETWEEN :from AND :to";
/** The ids from one to another, in the order of their bytes. */
export const WITH_PREFIX = {
  event: `SELECT id FROM event_ids WHERE id ${IN_RANGE}
    UNION SELECT id FROM events WHERE ${UNSETTLED} AND id ${IN_RANGE}
    ORDER BY id LIMIT :limit`,
  object: `SELECT object_id AS id FROM event_objects WHERE object_id ${IN_RANGE}
    UNION SELECT object_id AS id FROM events
      WHERE ${UNSETTLED} AND object_id ${IN_RANGE}
    ORDER BY id LIMIT :limit`,
};

/** The condition for a status: of all dispatches of an event, or of one destination's. */
function ofStatus(status: EventStatus, hasDestination: boolean): string {
  const there = hasDestination ? " AND destination = :destination" : "";
  const ofEvent = `SELECT 1 FROM dispatches d WHERE d.seq = events.seq${there}`;
  // For what is unfinished there are indexes.
  const unfinished = (code: number) =>
    `(SELECT seq FROM dispatches WHERE status = ${code}${there})`;
  switch (status) {
    case "dead":
      return `seq IN ${unfinished(dead)}`;
    case "pending":
      return `seq IN ${unfinished(pending)} AND seq NOT IN ${unfinished(dead)}`;
    case "done":
      return `EXISTS (${ofEvent} AND d.status = ${done})
        AND NOT EXISTS (${ofEvent} AND d.status > ${done})`;
    case "none":
      return `NOT EXISTS (${ofEvent} AND d.status > ${ignored})`;
  }
}

const AT_DESTINATION = `EXISTS (SELECT 1 FROM dispatches d
  WHERE d.seq = events.seq AND d.destination = :destination)`;

/**
 * Turns a filter into a condition on `events`.
 *
 * @param filter What to list.
 * @returns The condition, empty when there is none, and its values.
 */
export function conditions(filter: EventFilter): Conditions {
  const clauses: string[] = [];
  const values: Record<string, string | number> = {};
  const add = (clause: string, name: string, value?: string | number) => {
    if (value === undefined) return;
    clauses.push(clause);
    values[name] = value;
  };
  const { ids, names = [], destination, status } = filter;
  add(OF_IDS, "ids", ids && JSON.stringify(ids));
  if (names.length > 0) {
    const globs = names.map((name, i) => {
      values[`name${i}`] = toSqliteGlob(name);
      return `name GLOB :name${i}`;
    });
    clauses.push(`(${globs.join(" OR ")})`);
  }
  add(OF_OBJECT, "objectId", filter.objectId);
  add("received_at_ms >= :since", "since", filter.receivedSinceMs);
  add("received_at_ms <= :until", "until", filter.receivedUntilMs);
  add("seq < :before", "before", filter.beforeSeq);
  add(AT_DESTINATION, "destination", destination);
  if (status !== undefined) {
    clauses.push(ofStatus(status, destination !== undefined));
  }
  const where = clauses.length > 0 ? `WHERE ${clauses.join(" AND ")}` : "";
  return { where, values };
}

/** Of SQLite's wildcards only `*` is ours; `?` and `[` stand for themselves. */
function toSqliteGlob(glob: string): string {
  return glob.replace(/[?[]/g, "[$&]");
}

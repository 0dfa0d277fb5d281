// Filters of events as SQL, once for every adapter.

import type { EventFilter } from "./event_filter.ts";
import { STATUS_CODES } from "./status_codes.ts";

const { ignored, done, pending, dead } = STATUS_CODES;

/** The parts of SQL in which adapters differ. */
export interface SqlDialect {
  /** Returns the placeholder of a value by its index, from 0. */
  readonly placeholder: (index: number) => string;
  /** Types the placeholder of a whole number, if needed. */
  readonly integer: (placeholder: string) => string;
  /** Returns a query of the texts in a placeholder's JSON array. */
  readonly texts: (placeholder: string) => string;
  /** Returns a query of the whole numbers in a placeholder's JSON array. */
  readonly integers: (placeholder: string) => string;
  /** The operator that matches a pattern, and the pattern of a glob. */
  readonly like: {
    readonly operator: string;
    readonly pattern: (glob: string) => string;
  };
  /** Returns the condition for events with one of the ids of a query. */
  readonly ids: (query: string) => string;
  /** Returns the condition for events with one of the objects of a query. */
  readonly objectIds: (query: string) => string;
  /** Return queries of the distinct ids in a range. */
  readonly idsInRange: {
    readonly event: (range: string) => string;
    readonly object: (range: string) => string;
  };
  /** The query of the number of events. */
  readonly eventCount: string;
  /** The query of the size of all tables and indexes. */
  readonly storeBytes: string;
  /** The hint to use the index of pending dispatches, after the name of the table. */
  readonly pendingIndex: string;
  /** The same for the index of dead ones. */
  readonly deadIndex: string;
}

type Conditions = Omit<EventFilter, "limit">;

/** The SQL of each condition. */
const CONDITIONS: {
  readonly [Key in keyof Conditions]-?: (
    value: NonNullable<Conditions[Key]>,
    sql: SqlWriter,
    conditions: Conditions,
  ) => string;
} = {
  ids: (ids, sql) => sql.dialect.ids(sql.bindTexts(ids)),
  names(names, sql) {
    const { operator, pattern } = sql.dialect.like;
    const each = names.map((glob) =>
      `name ${operator} ${sql.bind(pattern(glob))}`
    );
    return each.length > 0 ? `(${each.join(" OR ")})` : "TRUE";
  },
  objectId: (id, sql) => sql.dialect.objectIds(sql.bindTexts([id])),
  objectIds: (ids, sql) => sql.dialect.objectIds(sql.bindTexts(ids)),
  isErased: (isErased) => `erased_at_ms IS ${isErased ? "NOT " : ""}NULL`,
  receivedSinceMs: (timeMs, sql) => `received_at_ms >= ${sql.bind(timeMs)}`,
  receivedUntilMs: (timeMs, sql) => `received_at_ms <= ${sql.bind(timeMs)}`,
  beforeSeq: (seq, sql) => `seq < ${sql.bind(seq)}`,
  destination: (name, { bind }) =>
    `EXISTS (SELECT 1 FROM $schema.dispatches d
      WHERE d.seq = events.seq AND d.destination = ${bind(name)})`,
  // The status of all dispatches of an event, or of the one at a destination.
  status(status, { bind }, { destination }) {
    const there = destination === undefined
      ? ""
      : ` AND d.destination = ${bind(destination)}`;
    const all = "$schema.dispatches d";
    const ofEvent = `SELECT 1 FROM ${all} WHERE d.seq = events.seq${there}`;
    // Unfinished dispatches have indexes.
    const unfinished = (code: number) =>
      `(SELECT d.seq FROM ${all} WHERE d.status = ${code}${there})`;
    const table = {
      dead: `seq IN ${unfinished(dead)}`,
      pending: `seq IN ${unfinished(pending)} AND seq NOT IN ${
        unfinished(dead)
      }`,
      done: `erased_at_ms IS NULL
        AND EXISTS (${ofEvent} AND d.status = ${done})
        AND NOT EXISTS (${ofEvent} AND d.status > ${done})`,
      none: `erased_at_ms IS NULL
        AND NOT EXISTS (${ofEvent} AND d.status > ${ignored})`,
      erased: "erased_at_ms IS NOT NULL",
    };
    return table[status];
  },
};

/** A statement that is being written, and its values. */
export class SqlWriter {
  readonly dialect: SqlDialect;
  readonly values: (string | number)[] = [];

  constructor(dialect: SqlDialect) {
    this.dialect = dialect;
  }

  /** Adds a value; returns its placeholder. */
  readonly bind = (value: string | number): string => {
    const { placeholder, integer } = this.dialect;
    const name = placeholder(this.values.push(value) - 1);
    return typeof value === "number" ? integer(name) : name;
  };

  /** Adds a list of texts; returns a query of them. */
  bindTexts(texts: readonly string[]): string {
    return this.dialect.texts(this.bind(JSON.stringify(texts)));
  }

  /** Adds a list of whole numbers; returns a query of them. */
  bindIntegers(numbers: readonly number[]): string {
    return this.dialect.integers(this.bind(JSON.stringify(numbers)));
  }
}

/** Writes a filter as a `WHERE` clause on `events`, empty without conditions. */
export function whereOf(filter: Conditions, sql: SqlWriter): string {
  const clauses = Object.entries(CONDITIONS).flatMap(([key, write]) => {
    const value = filter[key as keyof Conditions];
    return value === undefined ? [] : [write(value as never, sql, filter)];
  });
  return clauses.length > 0 ? `WHERE ${clauses.join(" AND ")}` : "";
}

/**
 * Filters of events as SQL, in the dialect of an adapter.
 *
 * @module
 */

import type { EventFilter } from "./event_filter.ts";

type Conditions = Omit<EventFilter, "limit">;
type SqlKey = Exclude<keyof EventFilter, "limit">;

/** The SQL of each condition on `events`. */
export type SqlConditions<Value> = {
  readonly [
    /**
     * @param value The value of the condition.
     * @param bind Adds a value to the statement, and returns its placeholder.
     * @param conditions All conditions of the filter.
     * @returns An expression that is true for matching events.
     */
    Key in SqlKey
  ]-?: (
    value: NonNullable<Conditions[Key]>,
    bind: (value: Value) => string,
    conditions: Conditions,
  ) => string;
};

/** A `WHERE` clause. */
export interface SqlWhere<Value> {
  /** The clause; empty without conditions. */
  readonly where: string;
  /** The bound values, in the order of their placeholders. */
  readonly values: readonly Value[];
}

/**
 * Converts a filter to a `WHERE` clause.
 *
 * @param filter The conditions.
 * @param sql The SQL of each condition.
 * @param placeholder Returns the placeholder of a value by its index, from 0.
 * @returns The clause and its values.
 */
export function whereOf<Value>(
  filter: Conditions,
  sql: SqlConditions<Value>,
  placeholder: (index: number) => string,
): SqlWhere<Value> {
  const values: Value[] = [];
  const bind = (value: Value) => placeholder(values.push(value) - 1);
  const clauses = Object.keys(sql).flatMap((key) => {
    const write = sql[key as SqlKey];
    const value = filter[key as SqlKey];
    return value === undefined ? [] : [write(value as never, bind, filter)];
  });
  const where = clauses.length > 0 ? `WHERE ${clauses.join(" AND ")}` : "";
  return { where, values };
}

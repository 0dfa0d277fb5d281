import type { DatabaseRow } from "./columns.ts";
import { type SqlDialect, SqlWriter } from "./sql_where.ts";

/** The queries of an adapter. */
export interface SqlSource {
  readonly dialect: SqlDialect;
  /**
   * Runs a query; `$schema.` stands before the name of each table.
   *
   * @throws {StoreError} If the store cannot be read.
   */
  readonly read: (
    text: string,
    values: readonly (string | number)[],
  ) => Promise<readonly DatabaseRow[]>;
}

/** Writes a query and runs it. */
export function readSql(
  { dialect, read }: SqlSource,
  write: (sql: SqlWriter) => string,
): Promise<readonly DatabaseRow[]> {
  const sql = new SqlWriter(dialect);
  return read(write(sql), sql.values);
}

/** The query of the position after all that is stored. */
export const END = `
  SELECT coalesce((SELECT max(seq) FROM $schema.events), 0) AS seq,
    coalesce((SELECT max(attempt_seq) FROM $schema.attempts), 0)
      AS attempt_seq`;

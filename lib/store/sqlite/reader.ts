// The reader of a SQLite store, beside its writer.

import type { DatabaseSync } from "node:sqlite";
import type { DatabaseRow } from "../columns.ts";
import type { EventReader } from "../event_reader.ts";
import { SqlReader } from "../sql_reader.ts";
import type { SqlSource } from "../sql_source.ts";
import { DIALECT } from "./dialect.ts";
import { readFrom } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";

/**
 * Opens a store for reading; never writes.
 *
 * @throws {StoreError} If there is no file, or no store that this version understands.
 */
export function openSqliteReader(path: string): EventReader {
  const db = openReadOnly(path);
  return createSqliteReader(db, () => db.close());
}

/** Creates a reader on a connection; each query is finished when it returns. */
export function createSqliteReader(
  db: DatabaseSync,
  close: () => void,
): EventReader {
  return new SqlReader({ ...sqlSourceOf(db), close });
}

/** The queries of a connection. */
export function sqlSourceOf(db: DatabaseSync): SqlSource {
  return {
    dialect: DIALECT,
    read: (text, values) => readFrom(() => readRows(db, text, values)),
  };
}

/** Runs a query in the dialect of every adapter. */
export function readRows(
  db: DatabaseSync,
  text: string,
  values: readonly (string | number)[] = [],
): readonly DatabaseRow[] {
  const named = values.map((value, i) => [`p${i}`, value] as const);
  // Not iterate(): in Deno it ends without an error when reading fails, and while it is
  // open the writer's log cannot restart.
  return db.prepare(text.replaceAll("$schema.", ""))
    .all(Object.fromEntries(named));
}

// All that is in a SQLite store, read beside its server: see `lib/store/store_copy.ts`.

import type { DatabaseSync } from "node:sqlite";
import { SqlContents } from "../sql_contents.ts";
import {
  COPIED_TABLES,
  type CopiedTables,
  type StoreContents,
} from "../store_copy.ts";
import { checkAtRest } from "./check_at_rest.ts";
import { readFrom } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";
import { sqlSourceOf } from "./reader.ts";

/**
 * Opens the contents of a store.
 *
 * @throws {StoreError} If there is no such store, it lost something, or this version
 *   cannot read it.
 */
export function openSqliteContents(path: string): StoreContents {
  checkAtRest(path);
  return new SqliteContents(openReadOnly(path));
}

/** The contents of a store on a connection. */
export class SqliteContents extends SqlContents {
  protected readonly db: DatabaseSync;

  constructor(db: DatabaseSync) {
    super(sqlSourceOf(db));
    this.db = db;
  }

  tables(): Promise<CopiedTables> {
    return readFrom(() =>
      Object.fromEntries(
        COPIED_TABLES.map((
          name,
        ) => [name, this.db.prepare(`SELECT * FROM ${name}`).all()]),
      )
    );
  }

  close(): Promise<void> {
    this.db.close();
    return Promise.resolve();
  }
}

// All that is in a PostgreSQL store: see `lib/store/store_copy.ts`.

import type { DatabaseRow } from "../columns.ts";
import { type PostgresUrl, withoutPassword } from "../postgres_url.ts";
import { SqlContents } from "../sql_contents.ts";
import {
  COPIED_TABLES,
  type CopiedTables,
  type StoreContents,
} from "../store_copy.ts";
import { Database, type Parameter } from "./database.ts";
import { DIALECT } from "./dialect.ts";
import { cannotOpen, cannotRead } from "./errors.ts";
import { checkReadable } from "./schema.ts";

/** Pages are large, and nobody waits for one. */
const COPY_MS = 120_000;

/**
 * Opens the contents of a store.
 *
 * @throws {StoreError} If there is no such store, or this version cannot read it.
 */
export async function openPostgresContents(
  url: string,
  place: PostgresUrl,
): Promise<StoreContents> {
  const database = new Database(place, { connectionsMax: 1 });
  try {
    await checkReadable(database);
    return new PostgresContents(database);
  } catch (error) {
    await database.close();
    throw cannotOpen(withoutPassword(url), error);
  }
}

/** The contents of a store. */
export class PostgresContents extends SqlContents {
  readonly #database: Database;

  /** @param database Closed at the end. */
  constructor(database: Database) {
    super({
      dialect: DIALECT,
      read: (text, values) => this.#read(text, values),
    });
    this.#database = database;
  }

  async tables(): Promise<CopiedTables> {
    const tables: Record<string, readonly DatabaseRow[]> = {};
    for (const name of COPIED_TABLES) {
      const [row] = await this.#read(
        `SELECT coalesce(json_agg(t), '[]')::text AS rows FROM $schema.${name} t`,
      );
      tables[name] = JSON.parse(String(row?.rows));
    }
    return tables;
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** Runs a statement for which nobody waits. */
  protected run(
    text: string,
    values: readonly Parameter[] = [],
  ): Promise<readonly DatabaseRow[]> {
    return this.#database.query(text, values, COPY_MS);
  }

  async #read(
    text: string,
    values: readonly Parameter[] = [],
  ): Promise<readonly DatabaseRow[]> {
    try {
      return await this.run(text, values);
    } catch (error) {
      throw cannotRead(error);
    }
  }
}

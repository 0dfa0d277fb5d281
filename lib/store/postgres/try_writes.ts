// A try of all that a server needs to be allowed, which changes nothing.

import type { Database } from "./database.ts";
import { sqlStateOf } from "./errors.ts";
import { firstMigration, readVersion } from "./schema.ts";

/** The code of the error that rolls back; PostgreSQL has none that begins so. */
const ROLLED_BACK = "PI000";

const ROLL_BACK = `
  DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${ROLLED_BACK}'; END $$;`;

/** Rights are checked even where there are no rows. Nobody changes the audit trail. */
const WRITE_NOTHING = `
  DO $$ DECLARE store_table text; store_column text; BEGIN
    FOR store_table, store_column IN SELECT relname, attname
      FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum = 1
      WHERE relnamespace = to_regnamespace('$schema') AND relkind = 'r'
        AND relname NOT IN ('audit', 'schema_version') ORDER BY relname
    LOOP
      EXECUTE format('INSERT INTO $schema.%1$I SELECT * FROM $schema.%1$I
        WHERE false', store_table);
      EXECUTE format('UPDATE $schema.%1$I SET %2$I = %2$I WHERE false',
        store_table, store_column);
      EXECUTE format('DELETE FROM $schema.%I WHERE false', store_table);
    END LOOP;
    INSERT INTO $schema.audit SELECT * FROM $schema.audit WHERE false;
  END $$;`;

/** Options of {@linkcode tryWrites}. */
export interface TryOptions {
  /** The bytes to write, too, to detect a full disk; none unless given. */
  readonly bytes?: number;
}

/**
 * Tries to write all tables of a store, or to create it where there is none.
 *
 * @throws {Error} What the server says against it.
 */
export async function tryWrites(
  database: Database,
  { bytes = 0 }: TryOptions = {},
): Promise<void> {
  const isThere = await readVersion(database) > 0;
  const write = `INSERT INTO $schema.probe
    SELECT decode(repeat('00', ${bytes}), 'hex') WHERE ${bytes} > 0;`;
  const statements = isThere ? WRITE_NOTHING : await firstMigration(database);
  try {
    await database.query(`${statements}${write}${ROLL_BACK}`);
  } catch (error) {
    if (sqlStateOf(error) !== ROLLED_BACK) throw error;
  }
}

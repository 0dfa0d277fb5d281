// A store in a PostgreSQL database.

import { StoreError } from "../../errors.ts";
import { type PostgresUrl, withoutPassword } from "../postgres_url.ts";
import type { Store, StoreOptions } from "../store.ts";
import { Database } from "./database.ts";
import { erasureLogPlace, PostgresErasureLog } from "./erasure_log.ts";
import { PostgresErasures } from "./erasures.ts";
import { cannotOpen } from "./errors.ts";
import { PostgresStore } from "./postgres_store.ts";
import { migrate } from "./schema.ts";
import { serverFaults } from "./server.ts";
import { tryWrites } from "./try_writes.ts";

/** Options of {@linkcode openPostgresStore}. */
export interface PostgresStoreOptions extends StoreOptions {
  /** The place of its data keys, if they are elsewhere. */
  readonly keyPlace?: PostgresUrl | null;
}

/**
 * Opens a store, and creates or migrates it if needed.
 *
 * @throws {StoreError} When the database cannot be used, or a newer version migrated it.
 */
export async function openPostgresStore(
  url: string,
  place: PostgresUrl,
  options: PostgresStoreOptions,
): Promise<Store> {
  const database = new Database(place, { connectionsMax: 2 });
  const { keyPlace = null, rebuildsErasureLog: rebuilds = false } = options;
  const log = new PostgresErasureLog(erasureLogPlace(place, keyPlace));
  try {
    await checkIsPrimary(database);
    await migrate(database);
    await tryWrites(database);
    await new PostgresErasures({
      openDatabase: () => new Database(place, { connectionsMax: 1 }),
      log,
    }).catchUp({ rebuilds });
    const warnings = await serverFaults(database);
    const deps = { url, place, database, erasureLog: log, warnings };
    return await PostgresStore.open(deps, options);
  } catch (error) {
    await database.close();
    await log.close();
    throw cannotOpen(withoutPassword(url), error);
  }
}

async function checkIsPrimary(database: Database): Promise<void> {
  const [row] = await database.query(
    "SELECT pg_is_in_recovery() AS is_standby",
  );
  if (!row?.is_standby) return;
  throw new StoreError(
    "the server is a standby, which only reads",
    "Name the primary server in INBOX_STORE",
  );
}

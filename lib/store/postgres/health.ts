// The health of a PostgreSQL store. No data is changed.

import { type PostgresUrl, withoutPassword } from "../postgres_url.ts";
import type { StoreFault } from "../store_fault.ts";
import type { DatabaseHealth } from "../store_health.ts";
import { checkErasures } from "./check_erasures.ts";
import { Database } from "./database.ts";
import { cannotOpen, describeFault } from "./errors.ts";
import { PROBE_BYTES } from "./inbox.ts";
import { findDisagreement } from "../destination_digests.ts";
import { DEAD_SECONDS, readDestinations } from "./instance.ts";
import { readVersion, SCHEMA_VERSION } from "./schema.ts";
import { serverFaults } from "./server.ts";
import { LOST_BODIES, lostBodies } from "../unreadable.ts";
import { tryWrites } from "./try_writes.ts";

/**
 * Reads the health of a store.
 *
 * @throws {StoreError} If it cannot be reached, is not one that this version knows, or is
 *   not what its log of erasures says.
 */
export async function readPostgresHealth(
  url: string,
  { place, logPlace }: { place: PostgresUrl; logPlace: PostgresUrl },
): Promise<DatabaseHealth> {
  const database = new Database(place, { connectionsMax: 1 });
  try {
    const version = await readVersion(database);
    const isThere = version > 0;
    if (version === SCHEMA_VERSION) await checkErasures(database, logPlace);
    const [server] = await database.query(
      `SELECT current_setting('server_version') AS version,
         pg_is_in_recovery() AS is_standby, coalesce((SELECT ssl
           FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_encrypted`,
    );
    const [store] = isThere ? await database.query(STORE) : [];
    const [lost] = isThere ? await database.query(LOST_BODIES) : [];
    const keyIds = keyIdsOf(String(store?.key_ids ?? "[]"));
    const isStandby = server?.is_standby === true;
    const disagreement = isThere
      ? findDisagreement(await readDestinations(database))
      : null;
    return {
      isThere,
      serverVersion: String(server?.version),
      isStandby,
      writeFault: isStandby ? null : await findWriteFault(database),
      isEncrypted: server?.is_encrypted === true,
      bytes: Number(store?.bytes ?? 0),
      instances: keyIds.length,
      keyIds,
      faults: [
        ...await serverFaults(database),
        ...disagreement ? [disagreement] : [],
        ...lostBodies(lost),
      ],
    };
  } catch (error) {
    throw cannotOpen(withoutPassword(url), error);
  } finally {
    await database.close();
  }
}

async function findWriteFault(database: Database): Promise<StoreFault | null> {
  try {
    await tryWrites(database, { bytes: PROBE_BYTES });
    return null;
  } catch (error) {
    return describeFault(error);
  }
}

const STORE = `
  SELECT (SELECT sum(pg_total_relation_size(oid)) FROM pg_class
      WHERE relkind = 'r' AND relnamespace = to_regnamespace('$schema'))
      AS bytes,
    -- Not by its column, which a store of an older version does not have.
    (SELECT json_agg(to_jsonb(i) ->> 'key_ids') FROM $schema.instances i
      WHERE seen_at > clock_timestamp() - ${DEAD_SECONDS} * interval '1 s')::text
      AS key_ids`;

function keyIdsOf(text: string): string[][] {
  const rows: (string | null)[] = JSON.parse(text);
  return rows.map((ids) => JSON.parse(ids ?? "[]"));
}

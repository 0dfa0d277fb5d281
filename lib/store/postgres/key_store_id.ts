// The key store that a PostgreSQL store belongs to. Instances share the store, so that
// the database itself refuses what one of them would store in the clear beside it.

import type { Database } from "./database.ts";
import { clearRefused } from "./errors.ts";
import { DURABLE } from "./durable.ts";

/** Reading programs may lock a table for hours, and receiving waits behind a lock. */
const LOCK_MS = 3_000;

const READ = "SELECT id FROM $schema.key_store";

/**
 * Remembers the key store, unless there is one. What is being stored in the clear at this
 * moment is durable first.
 *
 * @param id Lower-case hexadecimal digits.
 */
export async function bindKeyStore(
  database: Database,
  id: string,
): Promise<void> {
  if (!/^[0-9a-f]+$/.test(id)) throw new TypeError("not an id of a key store");
  const [row] = await database.query(READ);
  if (row?.id) return;
  // The lock waits for others that store; an erased event has no payload to seal.
  await database.query(`
    SELECT set_config('lock_timeout', '${LOCK_MS}', true), ${DURABLE};
    LOCK TABLE $schema.bodies IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE $schema.bodies DROP CONSTRAINT IF EXISTS sealed;
    ALTER TABLE $schema.bodies ADD CONSTRAINT sealed
      CHECK (digest IS NOT NULL OR length(body) = 0) NOT VALID;
    UPDATE $schema.key_store SET id = '${id}' WHERE id IS NULL`);
}

/**
 * Refuses to continue without keys beside others that have some.
 *
 * @throws {StoreError} If the store has a key store.
 */
export async function refuseClear(database: Database): Promise<void> {
  const [row] = await database.query(READ);
  if (row?.id) throw clearRefused();
}

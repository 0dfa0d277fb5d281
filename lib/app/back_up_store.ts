/**
 * A copy of the store of the settings, whatever keeps it.
 *
 * @module
 */

import type { Config } from "../config/settings.ts";
import { StoreError } from "../errors.ts";
import { type Backup, backUpSqlite } from "../store/sqlite/backup.ts";

export type { Backup };

/**
 * Copies the store of the settings into a new file, while a server uses it or not.
 *
 * @param config The settings.
 * @param file Where the copy goes.
 * @returns The copy.
 * @throws {StoreError} If there is nothing to copy, or no copy could be made.
 */
export function backUpStore(
  { storePath }: Config,
  file: string,
): Promise<Backup> {
  if (storePath !== ":memory:") return backUpSqlite(storePath, file);
  throw new StoreError(
    "Cannot back up sqlite::memory:: only its server can see it",
    "Name the store of the server, as in --store sqlite:data/inbox.db",
  );
}

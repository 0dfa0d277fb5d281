/**
 * A copy of the store of the settings, whatever keeps it.
 *
 * @module
 */

import type { Config } from "../config/settings.ts";
import { StoreError } from "../errors.ts";
import {
  type Backup,
  type BackupOptions,
  backUpSqlite,
} from "../store/sqlite/backup.ts";

export type { Backup };

/**
 * Copies the store of the settings into a new file, while a server uses it or not.
 *
 * @param config The settings.
 * @param file Where the copy goes.
 * @param options What to do with a store that lost something.
 * @returns The copy.
 * @throws {StoreError} If there is nothing to copy, or no copy could be made.
 */
export function backUpStore(
  { storePath }: Config,
  file: string,
  options: BackupOptions = {},
): Promise<Backup> {
  if (storePath !== ":memory:") return backUpSqlite(storePath, file, options);
  throw new StoreError(
    "Cannot back up sqlite::memory:: only its server can see it",
    "Name the store of the server, as in --store sqlite:data/inbox.db",
  );
}

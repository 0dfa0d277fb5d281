/**
 * How the store of the settings is, whatever keeps it.
 *
 * @module
 */

import type { Config } from "../config/settings.ts";
import { readSqliteHealth, type StoreHealth } from "../store/sqlite/health.ts";

export type { StoreHealth };

/**
 * Looks at the store of the settings; no data is changed.
 *
 * @param config The settings.
 * @returns How it is; nothing when it is not there.
 * @throws {StoreError} When it is no store that this version understands.
 */
export function inspectStore({ storePath }: Config): StoreHealth | undefined {
  return readSqliteHealth(storePath);
}

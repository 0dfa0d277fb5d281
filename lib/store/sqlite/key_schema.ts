// The tables of a key store in a SQLite file, and the settings of its connections.

import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { StoreError } from "../../errors.ts";
import { inTransaction } from "./in_transaction.ts";
import { pragma } from "./pragma.ts";
import { refuseNewer } from "./schema.ts";

/** The application id in the header of a key store: "PIky". */
const APPLICATION_ID = 0x50496b79;

const SCHEMA_VERSION = 2;

/** The wait for other processes that write. */
const BUSY_TIMEOUT_MS = 5_000;

const SCHEMA = `
  CREATE TABLE data_keys (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    wrapped_by TEXT NOT NULL,
    wrapped BLOB,
    PRIMARY KEY (owner, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE notes (
    name TEXT PRIMARY KEY,
    note BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
`;

/** What came with version 2. */
const RETIRED = `
  ALTER TABLE data_keys ADD COLUMN is_retired INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX replaced_keys ON data_keys (owner)
    WHERE wrapped IS NULL AND is_retired = 1;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Makes the file of a key store, unless it is there.
 *
 * @throws {StoreError} If it is not there and must be.
 */
export function prepareKeyFile(path: string, mustExist: boolean): void {
  try {
    if (Deno.statSync(path).isFile) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (mustExist) {
    throw new StoreError(
      "there is no key store",
      "Put it back, or name it with INBOX_KEY_STORE: what is sealed cannot be read without it",
    );
  }
  Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives the files beside it the same mode.
  Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
}

/**
 * Prepares a connection to a key store, and makes its tables as this version has them.
 *
 * @throws {StoreError} If it is not a key store, or a newer version's.
 */
export function prepareKeys(db: DatabaseSync): void {
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  checkSchema(db); // Before a pragma changes a file that is not ours.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  // Without fullfsync macOS syncs no further than to the disk's own cache.
  db.exec(`
    PRAGMA fullfsync = 1;
    PRAGMA checkpoint_fullfsync = 1;
    PRAGMA secure_delete = ON;
  `);
  // To read it makes the log, which a copy lacks.
  if (checkSchema(db) === SCHEMA_VERSION) return;
  inTransaction(db, () => {
    // Another process may have been faster.
    const version = checkSchema(db);
    if (version < 1) db.exec(SCHEMA);
    if (version < 2) db.exec(RETIRED);
  });
}

/** Returns the version of the schema, 0 for an empty file. */
function checkSchema(db: DatabaseSync): number {
  const version = pragma(db, "user_version");
  const isOurs = pragma(db, "application_id") === APPLICATION_ID;
  const isEmpty = version === 0 && pragma(db, "schema_version") === 0;
  if (!isOurs && !isEmpty) {
    throw new StoreError(
      "it is another database, not a key store of persona-inbox",
      "Choose another file with INBOX_KEY_STORE=sqlite:PATH",
    );
  }
  refuseNewer(version, SCHEMA_VERSION);
  return version;
}

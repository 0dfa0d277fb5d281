// A connection that reads a SQLite store beside its writer.

import { PROGRAM_NAME } from "../../program_name.ts";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../errors.ts";
import { cannotOpen, describeFault, isForbidden } from "./errors.ts";
import { checkSchema, SCHEMA_VERSION } from "./schema.ts";
import { statOrNull } from "./stat.ts";

const NO_STORE_HINT =
  `Start ${PROGRAM_NAME} serve or dev first, or name its store with --store sqlite:PATH`;

/** To read, SQLite may have to make files beside the database. */
const NO_RIGHT_HINT =
  "Run this as the user of the server, or copy the store's files into a folder of your own and name that with --store";

/**
 * Opens a connection that cannot write.
 *
 * @throws {StoreError} If there is no file, or no store that this version understands.
 */
export function openReadOnly(path: string): DatabaseSync {
  try {
    return open(path);
  } catch (error) {
    if (!isForbidden(error)) throw cannotOpen(path, error);
    const { message } = describeFault(error);
    throw cannotOpen(path, new StoreError(message, NO_RIGHT_HINT));
  }
}

function open(path: string): DatabaseSync {
  if (!statOrNull(path)?.isFile) {
    throw new StoreError("there is no store", NO_STORE_HINT);
  }
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    db.exec("PRAGMA busy_timeout = 2000"); // Deno ignores the option of this name.
    checkVersion(checkSchema(db));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function checkVersion(version: number): void {
  if (version === 0) {
    throw new StoreError(
      "it is an empty file, not a persona-inbox store",
      NO_STORE_HINT,
    );
  }
  if (version < SCHEMA_VERSION) {
    throw new StoreError(
      `its schema has version ${version}, this program reads ${SCHEMA_VERSION}`,
      `Start ${PROGRAM_NAME} serve or dev of this version on it once: it brings the store up to date`,
    );
  }
}

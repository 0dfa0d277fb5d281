// A consistent copy of a SQLite key store, made beside those who write it.

import { DatabaseSync } from "node:sqlite";
import { dirname, resolve } from "node:path";
import { StoreError } from "../../errors.ts";
import { describeFault } from "./errors.ts";
import { isThere } from "./stat.ts";

/** A finished copy. */
export interface KeyBackup {
  /** Its absolute path. */
  readonly file: string;
  /** The number of living data keys in it. */
  readonly keys: number;
}

/**
 * Copies a key store into a new file that only this user can read.
 *
 * @throws {StoreError} If there is no key store, or no copy could be made: then none is
 *   left behind.
 */
export function backUpSqliteKeys(path: string, to: string): Promise<KeyBackup> {
  const file = resolve(to);
  return new Promise((fulfill, reject) => {
    try {
      fulfill({ file, keys: copy(path, file) });
    } catch (error) {
      const { message, hint } = describeFault(error, path);
      const fact = `Cannot back up to ${file}: ${message}`;
      reject(new StoreError(fact, hint, { cause: error }));
    }
  });
}

function copy(path: string, file: string): number {
  if (isThere(file)) {
    const hint = "Choose a name that is not taken";
    throw new StoreError(`${file} already exists`, hint);
  }
  if (!isThere(path)) {
    throw new StoreError(
      `there is no key store at ${path}`,
      "A server makes it when it starts with INBOX_ENCRYPTION_KEYS",
    );
  }
  const partial = `${file}.partial`;
  const options = { write: true, createNew: true, mode: 0o600 };
  Deno.openSync(partial, options).close();
  try {
    const keys = fill(path, partial);
    sync(partial);
    Deno.renameSync(partial, file);
    if (Deno.build.os !== "windows") sync(dirname(file));
    return keys;
  } catch (error) {
    Deno.removeSync(partial);
    throw error;
  }
}

function fill(path: string, partial: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const row = db.prepare(
      "SELECT count(wrapped) AS keys FROM data_keys",
    ).get();
    db.prepare("VACUUM INTO ?").run(partial);
    return Number(row?.keys);
  } finally {
    db.close();
  }
}

function sync(path: string): void {
  const isFolder = Deno.statSync(path).isDirectory;
  using file = Deno.openSync(path, { read: true, write: !isFolder });
  file.syncSync();
}

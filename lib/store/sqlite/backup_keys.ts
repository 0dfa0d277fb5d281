// A consistent copy of a SQLite key store, made beside those who write it.

import { backup, DatabaseSync } from "node:sqlite";
import { dirname, resolve } from "node:path";
import { StoreError } from "../../errors.ts";
import { describeFault } from "./errors.ts";
import { createPrivate, isThere } from "./stat.ts";
import { syncPath } from "./sync_file.ts";

/** All pages in one step: SQLite starts over if the store is written between two. */
const PAGES_PER_STEP = 2 ** 31 - 1;

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
export async function backUpSqliteKeys(
  path: string,
  to: string,
): Promise<KeyBackup> {
  const file = resolve(to);
  try {
    return { file, keys: await copy(path, file) };
  } catch (error) {
    const { message, hint } = describeFault(error, path);
    const fact = `Cannot back up to ${file}: ${message}`;
    throw new StoreError(fact, hint, { cause: error });
  }
}

async function copy(path: string, file: string): Promise<number> {
  const partial = `${file}.partial`;
  for (const name of [file, partial]) {
    if (!isThere(name)) continue;
    const hint = "Choose a name that is not taken";
    throw new StoreError(`${name} already exists`, hint);
  }
  if (!isThere(path)) {
    throw new StoreError(
      `there is no key store at ${path}`,
      "A server makes it when it starts with INBOX_ENCRYPTION_KEYS",
    );
  }
  createPrivate(partial);
  try {
    const keys = await copyFrom(path, partial);
    await Deno.rename(partial, file);
    if (Deno.build.os !== "windows") syncPath(dirname(file));
    return keys;
  } catch (error) {
    await Deno.remove(partial);
    throw error;
  }
}

async function copyFrom(path: string, partial: string): Promise<number> {
  const source = new DatabaseSync(path, { readOnly: true });
  try {
    return await copyKeys(source, partial);
  } finally {
    source.close();
  }
}

/**
 * Copies all keys of an open key store to an empty file, durably.
 *
 * @returns The number of living ones.
 */
export async function copyKeys(
  source: DatabaseSync,
  file: string,
): Promise<number> {
  await backup(source, file, { rate: PAGES_PER_STEP });
  const keys = finish(file);
  syncPath(file);
  return keys;
}

function finish(file: string): number {
  const made = new DatabaseSync(file);
  try {
    // Without a log beside it the copy is one file.
    made.exec("PRAGMA journal_mode = DELETE");
    const row = made.prepare(
      "SELECT count(wrapped) AS keys FROM data_keys",
    ).get();
    return Number(row?.keys);
  } finally {
    made.close();
  }
}

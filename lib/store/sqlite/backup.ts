/**
 * A consistent copy of a SQLite store, made beside whoever writes it.
 *
 * @module
 */

import { PROGRAM_NAME } from "../../program_name.ts";
import { backup, DatabaseSync } from "node:sqlite";
import { dirname, resolve } from "node:path";
import { StoreError } from "../../errors.ts";
import { describeFault } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";
import { readTotals } from "./totals.ts";

/** All pages in one step: SQLite starts over when somebody writes between two. */
const PAGES_PER_STEP = 2 ** 31 - 1;

/** The files that belong to a database, by the ends of their names. */
const COMPANIONS = ["-wal", "-shm", "-journal", "-lock"];

const OTHER_NAME = "Choose a name that is not taken";

/** A copy that was made. */
export interface Backup {
  /** Its absolute path. */
  readonly file: string;
  readonly bytes: number;
  readonly events: number;
}

/**
 * Copies a store into a new file that only this user can read. The copy has all that
 * was stored when it began; it is checked before it gets its name, and opens as a
 * store. Meanwhile the log of a running server grows by what comes in.
 *
 * @param path The database file.
 * @param to Where the copy goes; nothing may be there.
 * @returns The copy.
 * @throws {StoreError} If there is no store, or no copy could be made: then none is
 *   left behind.
 */
export async function backUpSqlite(path: string, to: string): Promise<Backup> {
  const file = resolve(to);
  const source = openReadOnly(path);
  try {
    checkNames(resolve(path), file);
    return await copy(source, file);
  } catch (error) {
    const { message, hint } = describeFault(error);
    const fact = `Cannot back up to ${file}: ${message}`;
    throw new StoreError(fact, hint, { cause: error });
  } finally {
    source.close();
  }
}

/** A log that is left of another file would be taken for the copy's. */
function checkNames(path: string, file: string): void {
  if (COMPANIONS.some((end) => file === `${path}${end}`)) {
    throw new StoreError("the store keeps a file of that name", OTHER_NAME);
  }
  for (const name of [file, ...COMPANIONS.map((end) => `${file}${end}`)]) {
    if (isThere(name)) {
      throw new StoreError(`${name} already exists`, OTHER_NAME);
    }
  }
}

async function copy(source: DatabaseSync, file: string): Promise<Backup> {
  const partial = `${file}.partial`;
  makePrivate(partial);
  try {
    await backup(source, partial, { rate: PAGES_PER_STEP });
    const events = checkCopy(partial);
    publish(partial, file);
    const { size: bytes } = await Deno.stat(file);
    return { file, bytes, events };
  } catch (error) {
    for (const end of ["", ...COMPANIONS]) remove(`${partial}${end}`);
    throw error;
  }
}

function makePrivate(partial: string): void {
  const options = { write: true, createNew: true, mode: 0o600 };
  try {
    Deno.openSync(partial, options).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new StoreError(
      `${partial} already exists`,
      "Another backup is writing it, or was ended before it was done: then remove it",
    );
  }
}

/** Returns how many events there are. */
function checkCopy(partial: string): number {
  const db = new DatabaseSync(partial);
  try {
    const row = db.prepare("PRAGMA quick_check(1)").get();
    if (row?.quick_check !== "ok") {
      throw new StoreError(
        "the store is damaged",
        `Run ${PROGRAM_NAME} doctor, and restore an earlier backup`,
      );
    }
    return readTotals(db).events;
  } finally {
    db.close();
  }
}

/** A link never replaces a file that came up meanwhile; not every disk has links. */
function publish(partial: string, file: string): void {
  sync(partial);
  try {
    Deno.linkSync(partial, file);
    Deno.removeSync(partial);
  } catch (error) {
    if (isThere(file)) throw error;
    Deno.renameSync(partial, file);
  }
  if (Deno.build.os !== "windows") sync(dirname(file));
}

function sync(path: string): void {
  const isFolder = Deno.statSync(path).isDirectory;
  using file = Deno.openSync(path, { read: true, write: !isFolder });
  file.syncSync();
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made.
  }
}

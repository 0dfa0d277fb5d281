// A consistent copy of a SQLite store, made beside its writer.

import { PROGRAM_NAME } from "../../program_name.ts";
import { backup, DatabaseSync } from "node:sqlite";
import { dirname, resolve } from "node:path";
import { StoreError } from "../../errors.ts";
import { auditPath } from "./audit_file.ts";
import { checkAtRest } from "./check_at_rest.ts";
import { MisfitError } from "./check_history.ts";
import { erasureLogPath } from "./erasure_log.ts";
import { describeFault } from "./errors.ts";
import { markClosed, nextSession } from "./open_mark.ts";
import { openReadOnly } from "./read_only.ts";
import { readRows } from "./reader.ts";
import { DIALECT } from "./dialect.ts";
import { createPrivate, isThere } from "./stat.ts";

/** All pages in one step: SQLite starts over if the store is written between two. */
const PAGES_PER_STEP = 2 ** 31 - 1;

/** The suffixes of a database's files. */
const COMPANIONS = ["-wal", "-shm", "-journal", "-lock"];

const OTHER_NAME = "Choose a name that is not taken";

/** Options of {@linkcode backUpSqlite}. */
export interface BackupOptions {
  /** Copies what is left of a store that lost data. */
  readonly isSalvage?: boolean;
}

/** A finished copy. */
export interface Backup {
  /** Its absolute path. */
  readonly file: string;
  readonly bytes: number;
  readonly events: number;
  /** The copy of the log of erasures; absent if there is none. */
  readonly erasures?: string;
  /** The reason why the copy is incomplete; absent if it is complete. */
  readonly lost?: string;
}

/**
 * Copies a store into a new file that only this user can read. The copy has all that
 * was stored when it began; it is checked before it gets its name, and opens as a
 * store. Meanwhile the log of a running server grows by what comes in.
 *
 * @param to The path of the copy; nothing may exist there.
 * @param options `isSalvage` copies what is left of a store that lost data.
 * @throws {StoreError} If there is no store, it lost something, or no copy could be
 *   made: then none is left behind.
 */
export async function backUpSqlite(
  path: string,
  to: string,
  options: BackupOptions = {},
): Promise<Backup> {
  const file = resolve(to);
  try {
    checkNames(resolve(path), file);
    const misfit = findMisfit(path);
    if (!misfit) {
      const made = await write(file, (partial) => copy(path, partial));
      return { ...made, ...copyErasures(path, file) };
    }
    if (!options.isSalvage || misfit.kind === "no database") throw misfit;
    const made = await write(file, (partial) => salvage(path, partial, misfit));
    return { ...made, ...copyErasures(path, file), lost: misfit.message };
  } catch (error) {
    const { message, hint } = describeFault(error);
    const fact = `Cannot back up to ${file}: ${message}`;
    throw new StoreError(fact, hint, { cause: error });
  }
}

/** SQLite would use a log that is left of another file as the copy's. */
function checkNames(path: string, file: string): void {
  const own = COMPANIONS.map((end) => `${path}${end}`);
  if ([...own, erasureLogPath(path), auditPath(path)].includes(file)) {
    throw new StoreError("the store keeps a file of that name", OTHER_NAME);
  }
  const names = COMPANIONS.map((end) => `${file}${end}`);
  for (const name of [file, ...names, erasureLogPath(file)]) {
    if (isThere(name)) {
      throw new StoreError(`${name} already exists`, OTHER_NAME);
    }
  }
}

/** A store that is held is in order: its server watches its files. */
function findMisfit(path: string): MisfitError | undefined {
  try {
    checkAtRest(path);
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.cause instanceof MisfitError) {
      return error.cause;
    }
    throw error;
  }
}

async function write(
  file: string,
  fill: (partial: string) => void | Promise<void>,
): Promise<Backup> {
  const partial = `${file}.partial`;
  if (!createPrivate(partial)) {
    throw new StoreError(
      `${partial} already exists`,
      "Another backup is writing it, or was ended before it was done: then remove it",
    );
  }
  try {
    await fill(partial);
    const events = finish(partial);
    publish(partial, file);
    const { size: bytes } = await Deno.stat(file);
    return { file, bytes, events };
  } catch (error) {
    for (const end of ["", ...COMPANIONS]) remove(`${partial}${end}`);
    throw error;
  }
}

/** After the store, so that it has at least what that has carried out. */
function copyErasures(path: string, file: string): Pick<Backup, "erasures"> {
  const from = erasureLogPath(Deno.realPathSync(path));
  if (!isThere(from)) return {};
  const erasures = erasureLogPath(file);
  createPrivate(erasures);
  Deno.copyFileSync(from, erasures);
  if (Deno.build.os !== "windows") Deno.chmodSync(erasures, 0o600);
  sync(erasures);
  return { erasures };
}

async function copy(path: string, partial: string): Promise<void> {
  const source = openReadOnly(path);
  try {
    await backup(source, partial, { rate: PAGES_PER_STEP });
  } finally {
    source.close();
  }
}

/** The files themselves stay as they are: something may be repaired yet. */
async function salvage(
  path: string,
  partial: string,
  { kind }: MisfitError,
): Promise<void> {
  // SQLite takes what is whole of a log; one that is not the store's is left out.
  const ends = kind === "log damaged" ? ["", "-wal"] : [""];
  for (const end of ends) {
    await Deno.copyFile(`${path}${end}`, `${partial}${end}`);
    if (Deno.build.os !== "windows") {
      await Deno.chmod(`${partial}${end}`, 0o600);
    }
  }
}

/** Checks a copy and marks it as one that needs no log; returns the number of events. */
function finish(partial: string): number {
  const db = new DatabaseSync(partial);
  try {
    const row = db.prepare("PRAGMA quick_check(1)").get();
    if (row?.quick_check !== "ok") {
      throw new StoreError(
        "the store is damaged",
        `Run ${PROGRAM_NAME} doctor, and restore an earlier backup`,
      );
    }
    const events = Number(readRows(db, DIALECT.eventCount)[0]?.count);
    markClosed(db, nextSession(0));
    return events;
  } finally {
    db.close();
  }
}

/** A link never replaces a file created meanwhile; not every disk has links. */
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

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never created.
  }
}

// The lock that keeps other processes from writing a store.

import { DatabaseSync } from "node:sqlite";
import { basename, dirname, resolve } from "node:path";
import { StoreError } from "../../errors.ts";
import { checkHistory } from "./check_history.ts";
import { checkKinds, checkNames, checkRights } from "./check_place.ts";
import { isLocked } from "./errors.ts";
import { holdFile } from "./hold_file.ts";

/** The wait for the lock, in milliseconds: servers hold it for longer. */
const LOCK_TIMEOUT_MS = 250;

/** A store locked by this process. */
export interface StoreLock {
  /** The database file, links resolved. */
  readonly path: string;
  /** Releases it; call once no connection to it is open. */
  close(): void;
}

/**
 * Locks a store, and creates its folder and an empty file if needed.
 *
 * @throws {StoreError} If another process has it, by whatever name, it is in no place
 *   for a store, or it lost something since it was last open.
 */
export async function lockStore(path: string): Promise<StoreLock> {
  await makeFolder(path);
  const target = await targetOf(path);
  checkKinds(target);
  const lock = lockBeside(target);
  try {
    checkRights(target);
    checkNames(target);
    const hold = holdSound(target);
    const close = () => {
      hold?.close();
      lock.close();
    };
    return { path: target, close };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Holds a file that lost nothing since it was last open, or an empty one made now. */
function holdSound(path: string): Deno.FsFile | null {
  const isNew = makePrivate(path);
  const hold = holdFile(path);
  if (hold.status === "taken") throw taken();
  const file = hold.status === "held" ? hold.file : null;
  try {
    checkHistory(path);
    return file;
  } catch (error) {
    file?.close();
    if (isNew) Deno.removeSync(path);
    throw error;
  }
}

/**
 * Ids that the writer keeps in memory are safe only if it is alone. A lock in a
 * database of its own is gone with its process, however that ends, on every system.
 */
function lockBeside(path: string): DatabaseSync {
  makePrivate(`${path}-lock`);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(`${path}-lock`);
    // Whoever reads asks for it for a moment (see `is_held.ts`).
    lock.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}; BEGIN EXCLUSIVE`);
    return lock;
  } catch (error) {
    lock?.close();
    if (isLocked(error)) throw taken();
    checkRights(path, ["-lock"]); // It is not open in this process.
    throw error;
  }
}

function taken(): StoreError {
  return new StoreError(
    "another persona-inbox is writing to it",
    "End the other one first, or choose another file with --store sqlite:PATH",
  );
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new StoreError(
      `${dirname(path)} is not a folder`,
      "Choose a file in a folder with --store sqlite:PATH",
    );
  }
}

/**
 * Creates a file that only this user can read, unless it is there: personal data goes
 * into it. SQLite gives the files beside a database the mode of the database.
 */
function makePrivate(path: string): boolean {
  try {
    const options = { write: true, createNew: true, mode: 0o600 };
    Deno.openSync(path, options).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** One file has one lock, by whatever links it is reached, before it is there too. */
async function targetOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const link = await Deno.readLink(path).catch(() => null);
  if (link === null) return await inRealFolder(path);
  return await targetOf(resolve(dirname(path), link));
}

async function inRealFolder(path: string): Promise<string> {
  try {
    return resolve(await Deno.realPath(dirname(path)), basename(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new StoreError(
      `it is a link to ${path}, whose folder does not exist`,
      "Create that folder, or mount the disk that has it",
    );
  }
}

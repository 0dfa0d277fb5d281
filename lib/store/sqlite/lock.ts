// The lock that keeps other processes from writing a store.

import { statfsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../errors.ts";
import { checkKinds, checkNames, checkRights } from "./check_files.ts";
import { checkHistory } from "./check_history.ts";
import { isLocked } from "./errors.ts";
import { createPrivate, statOrNull } from "./stat.ts";

/** The wait for the lock: servers hold it for longer. */
const LOCK_TIMEOUT_MS = 250;

/** The pause between two tries, where the system has no wait with an end. */
const LOCK_RETRY_MS = 10;

/**
 * File systems on which a lock of the kind of {@linkcode holdFile} (flock) leaves alone
 * those that SQLite takes (fcntl), by their numbers in statfs(2): not so over a network,
 * on FUSE, or on systems other than Linux.
 */
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
]);

/** A store locked by this process. */
export interface StoreLock {
  /** The database file, links resolved. */
  readonly path: string;
  /** Marks the lock as that of a store that was opened: it stays when that is gone. */
  confirm(): void;
  /** Releases it; call once no connection to it is open. */
  close(): void;
}

/**
 * Locks a store, and creates its folder and an empty file if needed.
 *
 * @throws {StoreError} If another process has it, by whatever name, its files cannot be
 *   those of a store, or it lost something since it was last open.
 */
export async function lockStore(path: string): Promise<StoreLock> {
  await makeFolder(path);
  const target = await targetOf(path);
  checkKinds(target);
  const lock = lockBeside(target);
  let isNew = false;
  let held: Deno.FsFile | null = null;
  const close = () => {
    // A child process that is being spawned has a copy of the descriptor for a moment.
    held?.unlockSync();
    held?.close();
    lock.close();
  };
  try {
    checkRights(target);
    checkNames(target);
    isNew = createPrivate(target);
    held = await holdFile(target);
    checkHistory(target);
  } catch (error) {
    close();
    if (isNew) await Deno.remove(target);
    throw error;
  }
  // It stays locked after a commit in this mode.
  const confirm = () => lock.exec("PRAGMA user_version = 1; COMMIT");
  return { path: target, confirm, close };
}

/**
 * Returns whether a process has a store open for writing: then it holds a lock on the
 * file beside it, which no other process can read.
 *
 * @param path The database file, links resolved.
 */
export function isHeld(path: string): boolean {
  if (!statOrNull(`${path}-lock`)?.isFile) return false;
  const lock = new DatabaseSync(`${path}-lock`, { readOnly: true });
  try {
    lock.exec("PRAGMA busy_timeout = 0"); // Deno ignores the option of that name.
    lock.prepare("PRAGMA schema_version").get();
    return false;
  } catch (error) {
    if (isLocked(error)) return true;
    throw error;
  } finally {
    lock.close();
  }
}

/**
 * Holds the database itself, so that nobody serves it under another name. To close the
 * file drops the locks of all SQLite connections of this process to it (POSIX): it must
 * be the last to go.
 *
 * @returns The file; null if the system does not permit to hold it.
 */
async function holdFile(path: string): Promise<Deno.FsFile | null> {
  if (!isLockable(path)) return null;
  const file = await Deno.open(path, { read: true, write: true });
  // So does a child of a process that was killed just now.
  for (
    let waitedMs = 0;
    waitedMs <= LOCK_TIMEOUT_MS;
    waitedMs += LOCK_RETRY_MS
  ) {
    if (file.tryLockSync(true)) return file;
    await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
  }
  file.close();
  throw taken();
}

function isLockable(path: string): boolean {
  if (Deno.build.os !== "linux") return false;
  // Deno 2.6, which only tests of the executable may still have, cannot try.
  if (!("tryLockSync" in Deno.FsFile.prototype)) return false;
  try {
    return LOCAL_FILE_SYSTEMS.has(statfsSync(path).type);
  } catch {
    return false; // Not permitted, as in a program that only embeds us.
  }
}

/**
 * Ids that the writer keeps in memory are safe only if it is alone. A lock in a
 * database of its own is gone with its process, however that ends, on every system.
 */
function lockBeside(path: string): DatabaseSync {
  createPrivate(`${path}-lock`);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(`${path}-lock`);
    // A reader asks for it for a moment, see isHeld().
    lock.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}`);
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY");
    lock.exec("PRAGMA synchronous = OFF; BEGIN EXCLUSIVE");
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

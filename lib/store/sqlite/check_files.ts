// Checks of a store's files before SQLite opens them: SQLite has the same message for
// most faults, and treats one file under two names as two.

import { join } from "node:path";
import { StoreError } from "../../errors.ts";
import { statOrNull } from "./stat.ts";
import { describeSystemError } from "./system_fault.ts";

/** The files of a store, by the ends of their names. */
const ENDS = ["", "-wal", "-shm", "-lock"];

/**
 * Refuses anything but regular files under the names of the store's files.
 *
 * @param path The database file, links resolved.
 * @throws {StoreError} If one is a folder, a pipe or a device.
 */
export function checkKinds(path: string): void {
  for (const file of ENDS.map((end) => `${path}${end}`)) {
    const info = statOrNull(file);
    if (info === null || info.isFile) continue;
    const hint = info.isDirectory && file === path
      ? `Name a file in it: --store sqlite:${join(path, "inbox.db")}`
      : `Move ${file} away, or choose another file with --store sqlite:PATH`;
    throw new StoreError(`${file} is ${kindOf(info)}, not a file`, hint);
  }
}

/**
 * Refuses files that this user may not read and write.
 *
 * To open and close a file drops the locks that SQLite holds on it anywhere in this
 * process (POSIX): call it only when there are none.
 *
 * @param path The database file, links resolved.
 * @throws {StoreError} If there is one.
 */
export function checkRights(
  path: string,
  ends: readonly string[] = ["", "-wal", "-shm"],
): void {
  for (const file of ends.map((end) => `${path}${end}`)) {
    try {
      Deno.openSync(file, { read: true, write: true }).close();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      const fault = describeSystemError(error);
      if (!fault) throw error;
      const which = file === path ? "" : ` (${file})`;
      throw new StoreError(`${fault.message}${which}`, fault.hint);
    }
  }
}

/**
 * Refuses a database that has a second name: SQLite keeps the log beside one of them,
 * and does not find it by the other.
 *
 * @param path The database file, links resolved.
 * @throws {StoreError} If it has hard links, or is mounted by itself.
 */
export function checkNames(path: string): void {
  removeProbe(path);
  const info = statOrNull(path);
  if (info === null) return;
  if ((info.nlink ?? 1) > 1) {
    throw new StoreError(
      `${path} has ${info.nlink} names (hard links), and its log would be beside one of them`,
      `Remove the other names (find . -samefile ${path} lists them), or replace it by a copy of its own while no server runs`,
    );
  }
  if (Deno.build.os === "linux" && isMountPoint(path)) {
    throw new StoreError(
      `${path} is mounted by itself, and its log beside it would be lost with the container`,
      "Mount the folder that holds it, not the file",
    );
  }
}

/** Linux refuses a link between two mounts, even of one disk. */
function isMountPoint(path: string): boolean {
  try {
    Deno.linkSync(path, probeOf(path));
    return false;
  } catch (error) {
    // Not every disk has links: then there is no way to know.
    return error instanceof Error && "code" in error && error.code === "EXDEV";
  } finally {
    removeProbe(path);
  }
}

function probeOf(path: string): string {
  return `${path}-link`;
}

/** A process that was killed may have left one. */
function removeProbe(path: string): void {
  const info = statOrNull(path);
  const probe = statOrNull(probeOf(path));
  if (probe === null || probe.ino !== info?.ino) return;
  if (probe.dev === info.dev) Deno.removeSync(probeOf(path));
}

function kindOf(info: Deno.FileInfo): string {
  if (info.isDirectory) return "a folder";
  if (info.isFifo) return "a pipe";
  if (info.isSocket) return "a socket";
  return "a device";
}

// A lock on a database file itself, so that nobody serves it under another name.

import { statfsSync } from "node:fs";

/**
 * File systems on which a lock of this kind (flock) leaves alone those that SQLite
 * takes (fcntl), by their numbers in statfs(2): not so over a network, on FUSE, or on
 * systems other than Linux.
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

/** What came of trying to hold a file. */
export type HoldResult =
  /** Held until it is closed, which is after all connections of this process. */
  | { readonly status: "held"; readonly file: Deno.FsFile }
  /** Another process holds it. */
  | { readonly status: "taken" }
  /** This system or file system does not let us. */
  | { readonly status: "unknown" };

/**
 * Holds a file until its descriptor is closed. To close it drops the locks of all
 * SQLite connections of this process to the file (POSIX): it must be the last to go.
 *
 * @returns Whether it is held now.
 * @throws {Error} If the file cannot be opened.
 */
export function holdFile(path: string): HoldResult {
  if (!isLockable(path)) return { status: "unknown" };
  const file = Deno.openSync(path, { read: true, write: true });
  if (file.tryLockSync(true)) return { status: "held", file };
  file.close();
  return { status: "taken" };
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

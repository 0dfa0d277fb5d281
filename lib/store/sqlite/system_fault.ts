// Descriptions of file system errors, with hints.

import { dirname } from "node:path";
import type { StoreFault } from "../store_fault.ts";

const NO_RIGHT: StoreFault = {
  message: "permission denied",
  hint: "Make the file and its folder readable and writable for this user",
};

/** By the system's own names of errors. */
const FAULTS: Readonly<Record<string, StoreFault>> = {
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
  EROFS: {
    message: "it is on a read-only file system",
    hint: "Choose a file on a disk that can be written, or remount that one",
  },
  ENOSPC: {
    message: "no space or no inodes left on its disk",
    hint: "Free some of what is short: df -h shows space, df -i inodes",
  },
  EDQUOT: {
    message: "the disk quota of this user is used up",
    hint: "Free space that counts against the quota, or raise it",
  },
  EFBIG: {
    message: "the file would be larger than allowed",
    hint: "Raise the limit of file sizes (ulimit -f, LimitFSIZE=)",
  },
  EIO: {
    message: "the disk failed to read or write",
    hint: "Check the disk and the system's log",
  },
  EMFILE: {
    message: "this process has too many open files",
    hint: "Raise the limit of open files (ulimit -n, LimitNOFILE=)",
  },
  ENFILE: {
    message: "the system has too many open files",
    hint: "Raise the system's limit of open files (fs.file-max)",
  },
  ENOENT: {
    message: "its folder does not exist",
    hint: "Create the folder, or choose another one",
  },
  ENOTDIR: {
    message: "a part of its path is not a folder",
    hint: "Choose a file in a folder",
  },
  EEXIST: {
    message: "something of that name already exists",
    hint: "Choose another name",
  },
  EISDIR: {
    message: "it is a folder",
    hint: "Name a file in the folder",
  },
  ELOOP: {
    message: "its symbolic links lead in a circle",
    hint: "Fix the links, or choose another file",
  },
  ENAMETOOLONG: {
    message: "its name is too long",
    hint: "Choose a shorter name",
  },
};

/**
 * Describes an error of the system.
 *
 * @returns The fault and how to fix it; undefined if it is not a known system error.
 */
export function describeSystemError(error: unknown): StoreFault | undefined {
  if (error instanceof Deno.errors.NotCapable) {
    return {
      message: "Deno does not permit it",
      hint: "Choose another file, or give deno run the permission to use it",
    };
  }
  // Deno works on a copy of a descriptor; without one to spare the file is busy meanwhile.
  if (error instanceof Deno.errors.Busy) return FAULTS.EMFILE;
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (Object.hasOwn(FAULTS, code)) return FAULTS[code];
  if (!/^E[A-Z0-9]+$/.test(code)) return undefined;
  return {
    message: `the system says ${code}`,
    hint: "Choose a file in a folder that this user can write",
  };
}

/**
 * Finds out why files in a folder cannot be written, by writing one: SQLite has the same
 * message for several causes.
 *
 * @returns The fault and how to fix it; undefined if a file can be written there.
 */
export function findDiskFault(path: string): StoreFault | undefined {
  try {
    const probe = Deno.makeTempFileSync({ dir: dirname(path) });
    try {
      Deno.writeFileSync(probe, new Uint8Array(PROBE_BYTES));
    } finally {
      Deno.removeSync(probe);
    }
    return undefined;
  } catch (error) {
    return describeSystemError(error);
  }
}

/** Enough to need space of its own. */
const PROBE_BYTES = 64 << 10;

/** Deno has no code for a quota. */
function codeOf(error: Error): string {
  if ("code" in error && error.code !== undefined) return String(error.code);
  return /^Dis[ck] quota exceeded/.test(error.message) ? "EDQUOT" : "";
}

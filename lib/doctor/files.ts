// The rights of this user on files, found out by trying: modes do not tell them.

import { dirname, resolve } from "node:path";

/** Finds the folder of a file, or the first one above it that is there. */
export function existingFolder(path: string): string {
  let folder = dirname(resolve(path));
  while (!isThere(folder) && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  return folder;
}

/** Returns whether files can be made in a folder. */
export function canMakeFileIn(folder: string): boolean {
  return holds(() => {
    Deno.removeSync(Deno.makeTempFileSync({ dir: folder }));
    return true;
  });
}

/**
 * Returns whether a file can be opened; nothing is written. Not for a file that SQLite
 * has open in this process: that would drop its locks (POSIX).
 *
 * @returns Whether it is a file that could be.
 */
export function canOpen(path: string, options: Deno.OpenOptions): boolean {
  return holds(() => {
    Deno.openSync(path, options).close();
    return Deno.statSync(path).isFile;
  });
}

/**
 * Returns whether a file can be executed: by somebody at least, and Windows has no
 * such mode.
 */
export function isExecutable(path: string): boolean {
  return holds(() => {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  });
}

/**
 * Returns the size of a file.
 *
 * @returns Its bytes, 0 when it is not there.
 */
export function sizeOf(path: string): number {
  return isThere(path) ? Deno.statSync(path).size : 0;
}

/** Returns whether something is a folder. */
export function isFolder(path: string): boolean {
  return holds(() => Deno.statSync(path).isDirectory);
}

function isThere(path: string): boolean {
  return holds(() => {
    Deno.statSync(path);
    return true;
  });
}

/** Returns false for an attempt that fails, unless a permission of Deno is missing. */
function holds(attempt: () => boolean): boolean {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}

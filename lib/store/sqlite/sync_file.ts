// Syncs of files. A failed one is unlike other failures: the system reports it once and
// drops what it could not write, so that a retry proves nothing.

import { FatalStoreError } from "../../errors.ts";

/**
 * Syncs the data of a file, and waits for it.
 *
 * @param file Open for writing.
 * @param path Its name, for the error.
 * @throws {FatalStoreError} If the system could not.
 */
export function syncFile(file: Deno.FsFile, path: string): void {
  try {
    file.syncDataSync();
  } catch (error) {
    throw syncFailed(path, error);
  }
}

/** Syncs a file or a folder that nothing else has open. */
export function syncPath(path: string): void {
  const isFolder = Deno.statSync(path).isDirectory;
  using file = Deno.openSync(path, { read: true, write: !isFolder });
  file.syncSync();
}

/** Creates the error of a failed sync. */
export function syncFailed(path: string, error: unknown): FatalStoreError {
  const fact = error instanceof Error ? error.message : "unknown error";
  return new FatalStoreError(
    `Cannot store: a sync of ${path} failed: ${fact}`,
    "Check the disk, then start again: the next start recovers all that was acknowledged",
    { cause: error },
  );
}

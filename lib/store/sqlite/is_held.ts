import { DatabaseSync } from "node:sqlite";
import { isLocked } from "./errors.ts";

/**
 * Returns whether a process has a store open for writing: then it holds a lock on the
 * file beside it, which no other process can read.
 *
 * @param path The database file, links resolved.
 */
export function isHeld(path: string): boolean {
  try {
    if (!Deno.statSync(`${path}-lock`).isFile) return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
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

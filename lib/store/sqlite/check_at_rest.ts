// A check of a store before it is read, beside its server or without one.

import { checkHistory, checkServed } from "./check_history.ts";
import { cannotOpen, isForbidden } from "./errors.ts";
import { isHeld } from "./lock.ts";

/**
 * Rejects a store that lost data: SQLite would rebuild its index, which shows what is
 * missing, or read on without the log.
 *
 * @param path The database file.
 * @returns Whether a process holds it.
 * @throws {StoreError} If something is missing, damaged or from another store.
 */
export function checkAtRest(path: string): boolean {
  try {
    const target = targetOf(path);
    const isServed = isHeld(target);
    if (isServed) checkServed(target);
    else checkHistory(target);
    return isServed;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    // A user without access gets a better error when it is opened.
    if (isForbidden(error)) return false;
    throw cannotOpen(path, error);
  }
}

function targetOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return path;
    throw error;
  }
}

// A check of a key store beside the server that has it open. A key store does not say
// that it is open, and several may use it: the lock of the store tells.

import { StoreError } from "../../errors.ts";
import { lostUnderServer } from "./check_history.ts";
import { readIndex } from "./file_format.ts";
import { isHeld } from "./lock.ts";
import { statOrNull } from "./stat.ts";
import { lengthOf } from "./watched_log.ts";

/** The time between the locking of a store and the opening of its keys, and more. */
const TRIES = 40;
const PAUSE_MS = 50;

/**
 * Rejects a key store whose log is gone while a process holds the store, which alone has
 * the newest keys then. Only for a process that has not opened it yet.
 *
 * @param path The database file of the key store.
 * @param storePath That of its store.
 * @throws {StoreError} If it is so.
 */
export async function checkServedKeys(
  path: string,
  storePath: string,
): Promise<void> {
  if (!statOrNull(path) || !statOrNull(storePath)) return;
  const [keys, store] = [path, storePath].map((one) => Deno.realPathSync(one));
  if (keys === undefined || store === undefined) return;
  for (let tries = 0; tries < TRIES; tries++) {
    if (hasLog(keys) || !isHeld(store)) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const { message, hint } = lostUnderServer(keys);
  throw new StoreError(`Cannot read the key store: ${message}`, hint);
}

/** Returns whether there is a log, with all that its index counts. */
function hasLog(path: string): boolean {
  const end = readIndex(`${path}-shm`);
  const bytes = statOrNull(`${path}-wal`)?.size ?? -1;
  return bytes >= (end ? lengthOf(end) : 0);
}

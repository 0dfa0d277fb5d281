// The health of a SQLite store, read beside its writer. No data is changed.

import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../errors.ts";
import { checkAtRest } from "./check_at_rest.ts";
import { checkErasures } from "./check_erasures.ts";
import { cannotOpen, isReadFault } from "./errors.ts";
import type { StoreFault } from "../store_fault.ts";
import type { StoreHealth, StoreHolder } from "../store_health.ts";
import { isHeld } from "./lock.ts";
import { openReadOnly } from "./read_only.ts";
import { statOrNull } from "./stat.ts";
import { LOST_BODIES, lostBodies } from "../unreadable.ts";

/** Checking larger stores takes too long. */
const CHECKED_BYTES_MAX = 1 << 30;

/**
 * Reads the health of a store.
 *
 * @returns Its health; undefined if it does not exist.
 * @throws {StoreError} If it is not a store that this version understands, or lost
 *   something since it was last open, its log of erasures included.
 */
export function readSqliteHealth(path: string): StoreHealth | undefined {
  try {
    const isHeld = checkAtRest(path);
    const bytes = sizeOf(path);
    if (bytes === undefined) return undefined;
    const health = healthOf(path, bytes, isHeld);
    // It cannot be read from a damaged store, and makes an index that is missing.
    if (health.isSound !== false) checkErasures(path, { isServed: isHeld });
    return health;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw cannotOpen(path, error);
  }
}

/**
 * Finds the process that holds a store.
 *
 * @returns The process; undefined if none does.
 * @throws {StoreError} If it is not a store that this version understands.
 */
export function findSqliteHolder(path: string): StoreHolder | undefined {
  if (sizeOf(path) === undefined) return undefined;
  if (!isHeld(Deno.realPathSync(path))) return undefined;
  const db = openReadOnly(path);
  try {
    const url = db.prepare("SELECT local_url FROM server").get()?.local_url;
    return { localUrl: typeof url === "string" ? url : null };
  } finally {
    db.close();
  }
}

function healthOf(path: string, bytes: number, isHeld: boolean): StoreHealth {
  const logBytes = sizeOf(`${path}-wal`) ?? 0;
  // Before SQLite opens the store, which makes one.
  const isIndexMissing = logBytes > 0 && !statOrNull(`${path}-shm`);
  const db = openReadOnly(path);
  try {
    const isSmall = bytes + logBytes <= CHECKED_BYTES_MAX;
    return {
      bytes,
      logBytes,
      isHeld,
      isSound: isSmall ? passesCheck(db) : null,
      warnings: [
        ...isIndexMissing ? [missingIndex(path, isHeld)] : [],
        ...isSmall ? lostBodies(countLost(db)) : [],
      ],
    };
  } finally {
    db.close();
  }
}

function countLost(db: DatabaseSync) {
  try {
    return db.prepare(LOST_BODIES.replaceAll("$schema.", "")).get();
  } catch (error) {
    if (isReadFault(error)) throw error;
    return undefined; // It is damaged, which the other check tells.
  }
}

function missingIndex(path: string, isHeld: boolean): StoreFault {
  const message = `${path}-shm is missing beside the store's log`;
  return isHeld
    ? {
      message: `${message}: nothing can be stored`,
      hint:
        "Put it back, or stop the server by SIGTERM, which saves what it has, and start it again",
    }
    : {
      message: `${message}: an end of the log that was cut off would not show`,
      hint:
        "A failed sync removes it. Otherwise look for it: it belongs to the log, and a copy of a store needs both, or is made by persona-inbox backup",
    };
}

function passesCheck(db: DatabaseSync): boolean {
  try {
    const [row, ...more] = db.prepare("PRAGMA quick_check(2)").all();
    return row?.quick_check === "ok" && more.length === 0;
  } catch (error) {
    if (isReadFault(error)) throw error;
    return false; // It could not even be read.
  }
}

function sizeOf(path: string): number | undefined {
  return statOrNull(path)?.size;
}

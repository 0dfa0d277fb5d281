// The health of a SQLite store, read beside its writer. No data is changed.

import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../errors.ts";
import { checkAtRest } from "./check_at_rest.ts";
import { cannotOpen } from "./errors.ts";
import type { StoreHealth, StoreHolder } from "../store_health.ts";
import { isHeld } from "./is_held.ts";
import { openReadOnly } from "./read_only.ts";

/** Checking larger stores takes too long. */
const CHECKED_BYTES_MAX = 1 << 30;

/**
 * Reads the health of a store.
 *
 * @param path The database file.
 * @returns Its health; undefined if it does not exist.
 * @throws {StoreError} If it is not a store that this version understands, or lost
 *   something since it was last open.
 */
export function readSqliteHealth(path: string): StoreHealth | undefined {
  try {
    const isHeld = checkAtRest(path);
    const bytes = sizeOf(path);
    return bytes === undefined ? undefined : healthOf(path, bytes, isHeld);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw cannotOpen(path, error);
  }
}

/**
 * Finds the process that holds a store.
 *
 * @param path The database file.
 * @returns The process; undefined if none does.
 * @throws {StoreError} When it is no store that this version understands.
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
  const db = openReadOnly(path);
  try {
    const isSmall = bytes + logBytes <= CHECKED_BYTES_MAX;
    const isSound = isSmall ? passesCheck(db) : null;
    return { bytes, logBytes, isHeld, isSound };
  } finally {
    db.close();
  }
}

function passesCheck(db: DatabaseSync): boolean {
  try {
    const [row, ...more] = db.prepare("PRAGMA quick_check(2)").all();
    return row?.quick_check === "ok" && more.length === 0;
  } catch {
    return false; // It could not even be read.
  }
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

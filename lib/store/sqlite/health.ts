/**
 * How a SQLite store is, beside whoever writes it. No data is changed.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../errors.ts";
import { cannotOpen, isLocked } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";

/** To look through more takes too long. */
const CHECKED_BYTES_MAX = 1 << 30;

/** How a store is. */
export interface StoreHealth {
  readonly bytes: number;
  /** What is not moved to the database yet. */
  readonly logBytes: number;
  /** Whether a process holds it. */
  readonly isHeld: boolean;
  /** Null when it is too large to be looked through. */
  readonly isSound: boolean | null;
}

/**
 * Looks at a store.
 *
 * @param path The database file.
 * @returns How it is; nothing when it is not there.
 * @throws {StoreError} When it is no store that this version understands.
 */
export function readSqliteHealth(path: string): StoreHealth | undefined {
  try {
    const bytes = sizeOf(path);
    return bytes === undefined ? undefined : healthOf(path, bytes);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw cannotOpen(path, error);
  }
}

function healthOf(path: string, bytes: number): StoreHealth {
  const logBytes = sizeOf(`${path}-wal`) ?? 0;
  const isHeld = isLockHeld(Deno.realPathSync(path));
  const db = openReadOnly(path);
  try {
    const isSmall = bytes + logBytes <= CHECKED_BYTES_MAX;
    const isSound = isSmall ? passesCheck(db) : null;
    return { bytes, logBytes, isHeld, isSound };
  } finally {
    db.close();
  }
}

/** Whoever holds a store holds a lock on the file beside it: nobody can read that. */
function isLockHeld(path: string): boolean {
  if (sizeOf(`${path}-lock`) === undefined) return false;
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

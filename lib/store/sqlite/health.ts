/**
 * The health of a SQLite store, looked at beside whoever writes it. No data is changed.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../errors.ts";
import { checkAtRest } from "./check_at_rest.ts";
import { cannotOpen } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";

/** Checking more takes too long. */
const CHECKED_BYTES_MAX = 1 << 30;

/** The health of a store. */
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
 * @returns Its health; nothing if it is not there.
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

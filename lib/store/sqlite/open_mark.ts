// The mark in a store's database that tells whether it was closed in order. It shares
// SQLite's `user_version` with the version of the schema: that has a fixed place in
// the first page, so that it can be read from the bytes of the database alone, without
// the log that may be missing, and changes in the same transaction as the schema.
//
// It is moved into the database before the first delivery is accepted, and revoked by
// the last transaction. So it costs nothing while a server runs, and is true after a
// loss of power: a database that says it is open needs its log.

import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "./in_transaction.ts";

const VERSION_BITS = 0xff;
const OPEN_BIT = 0x100;
const SESSION_SHIFT = 9;
/** The remaining bits of 31, as the pragma takes a signed number. */
const SESSION_MAX = 0x3fffff;

/** The content of `user_version`. */
export interface OpenMark {
  readonly schemaVersion: number;
  /** True if a process has it open, or ended without closing it. */
  readonly isOpen: boolean;
  /** The number of times it was opened; 0 if it was never marked. */
  readonly session: number;
}

/**
 * Reads a mark.
 *
 * @param userVersion The value of `PRAGMA user_version`.
 */
export function parseMark(userVersion: number): OpenMark {
  return {
    schemaVersion: userVersion & VERSION_BITS,
    isOpen: (userVersion & OPEN_BIT) !== 0,
    session: userVersion >>> SESSION_SHIFT,
  };
}

/**
 * Packs a mark, as the inverse of {@linkcode parseMark}.
 *
 * @returns The value for `PRAGMA user_version`.
 */
function packMark({ schemaVersion, isOpen, session }: OpenMark): number {
  return schemaVersion | (isOpen ? OPEN_BIT : 0) | session << SESSION_SHIFT;
}

/**
 * Returns the number of the next session. The first one is random, so that two stores
 * hardly ever have the same.
 *
 * @param session The last one; 0 if there was none.
 */
export function nextSession(session: number): number {
  if (session !== 0) return session % SESSION_MAX + 1;
  const [lot = 0] = crypto.getRandomValues(new Uint32Array(1));
  return lot % SESSION_MAX + 1;
}

/**
 * Marks a store as closed. Nothing may be written after it.
 *
 * @param db The last connection that may write.
 * @param session The number of the session; by default it stays as it is.
 */
export function markClosed(db: DatabaseSync, session?: number): void {
  // All but the mark itself is in the database then, whatever becomes of the log.
  db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  setMark(db, { isOpen: false, ...(session !== undefined && { session }) });
}

/** Reads the mark as a connection sees it, including the log. */
export function readMark(db: DatabaseSync): OpenMark {
  return parseMark(
    Number(db.prepare("PRAGMA user_version").get()?.user_version),
  );
}

/** Changes the mark in a transaction in progress. */
export function writeMark(db: DatabaseSync, changes: Partial<OpenMark>): void {
  db.exec(`PRAGMA user_version = ${packMark({ ...readMark(db), ...changes })}`);
}

/** Changes the mark in a transaction of its own. */
export function setMark(db: DatabaseSync, changes: Partial<OpenMark>): void {
  inTransaction(db, () => writeMark(db, changes));
}

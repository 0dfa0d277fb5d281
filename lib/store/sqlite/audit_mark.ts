// The newest record of the audit trail that a SQLite store remembers: a trail without it
// was removed, or lost its end.

import type { DatabaseSync } from "node:sqlite";
import type { AuditMark } from "../audit.ts";
import { checkAtRest } from "./check_at_rest.ts";
import { readFrom } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";
import { statOrNull } from "./stat.ts";

/** Reads it on an open connection; null if there is none. */
export function readAuditMark(db: DatabaseSync): AuditMark | null {
  const row = db.prepare("SELECT number, hash FROM audit_mark").get();
  return typeof row?.hash === "string"
    ? { number: Number(row.number), hash: row.hash }
    : null;
}

/** Remembers another one. */
export function writeAuditMark(
  db: DatabaseSync,
  { number, hash }: AuditMark,
): void {
  db.prepare("UPDATE audit_mark SET number = ?, hash = ?").run(number, hash);
}

/**
 * Reads that of a store, whichever process holds it.
 *
 * @returns Null if there is none, or no store.
 * @throws {StoreError} If the store cannot be read.
 */
export async function findAuditMark(path: string): Promise<AuditMark | null> {
  checkAtRest(path);
  if (!statOrNull(path)?.size) return null;
  const db = openReadOnly(path);
  try {
    return await readFrom(() => readAuditMark(db));
  } finally {
    db.close();
  }
}

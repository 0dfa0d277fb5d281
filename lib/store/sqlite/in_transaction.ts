import type { DatabaseSync } from "node:sqlite";

/** Writes in a transaction, all of it or nothing. */
export function inTransaction<Result>(
  db: DatabaseSync,
  write: () => Result,
): Result {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = write();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // Some faults, a full disk among them, have rolled back already.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

import type { DatabaseSync } from "node:sqlite";

/** Writes in a transaction, all of it or nothing. */
export function inTransaction<Result>(
  db: DatabaseSync,
  write: () => Result,
): Result {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = write();
    // Not exec(), whose errors lack the code that tells a failed sync.
    db.prepare("COMMIT").run();
    return result;
  } catch (error) {
    // Some faults, a full disk among them, have rolled back already.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

// A check of the log of erasures beside a store, which may lack what was erased, and of a
// store that was restored from a backup, which may still have it.

import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../errors.ts";
import { PROGRAM_NAME } from "../../program_name.ts";
import { findLogFault } from "../erasure.ts";
import { ErasureLog } from "./erasure_log.ts";
import { readErasureProgress } from "./erasures.ts";
import { cannotOpen } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";

/**
 * Opens the log of a store.
 *
 * @param path The database file, links resolved.
 * @throws {StoreError} If it is not the one of that store, or is missing or damaged.
 */
export function openErasureLog(db: DatabaseSync, path: string): ErasureLog {
  const log = new ErasureLog(path);
  const fault = findLogFault(readErasureProgress(db), log);
  if (fault) throw new StoreError(fault.message, fault.hint);
  return log;
}

/**
 * Rejects a store that is behind the log of its erasures, or whose log is not its own.
 *
 * @param path The database file.
 * @throws {StoreError} If it is, or the log cannot be read.
 */
export function checkErasures(
  path: string,
  { isServed }: { isServed: boolean },
): void {
  const db = openReadOnly(path);
  try {
    const log = openErasureLog(db, Deno.realPathSync(path));
    const { position } = readErasureProgress(db);
    // A server that erases notes it in the log first.
    if (isServed || log.length <= position) return;
    throw new StoreError(
      "it is older than the log of its erasures, as after a restored backup",
      `Start ${PROGRAM_NAME} serve or dev on it once: that erases again what was erased since`,
    );
  } catch (error) {
    throw cannotOpen(path, error);
  } finally {
    db.close();
  }
}

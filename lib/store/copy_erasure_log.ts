// Copies the log of erasures of a store that is copied: what was erased stays erased.

import { StoreError } from "../errors.ts";
import type { CopiedLog } from "./erasure.ts";

/**
 * Copies a log, unless there is none or both are the same one.
 *
 * @returns Whether it was copied.
 * @throws {StoreError} If there is the log of another store.
 */
export async function copyErasureLog(
  from: CopiedLog,
  to: CopiedLog,
): Promise<boolean> {
  const log = await from.whole();
  if (!log) return false;
  const source = await from.find();
  const found = await to.find();
  if (found.id !== null && found.id !== source.id) {
    throw new StoreError(
      `Cannot copy the log of erasures: ${found.name} is that of another store`,
      "Move it away, or copy to another place",
    );
  }
  if (found.length < source.length || found.id === null) await to.replace(log);
  return true;
}

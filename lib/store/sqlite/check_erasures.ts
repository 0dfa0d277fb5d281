// A check of a store that no server holds: one that was restored from a backup may still
// have what was erased since.

import { StoreError } from "../../errors.ts";
import { PROGRAM_NAME } from "../../program_name.ts";
import { ErasureLog } from "./erasure_log.ts";
import { readErasurePosition } from "./erasures.ts";
import { cannotOpen } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";

/**
 * Rejects a store that is behind the log of its erasures.
 *
 * @param path The database file.
 * @throws {StoreError} If it is, or the log cannot be read.
 */
export function checkErasures(path: string): void {
  const db = openReadOnly(path);
  try {
    const log = new ErasureLog(Deno.realPathSync(path));
    if (log.length <= readErasurePosition(db)) return;
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

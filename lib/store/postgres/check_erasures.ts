// A check of the log of erasures, which may lack what was erased, and of a store that was
// restored from a dump, which may still have it.

import { StoreError } from "../../errors.ts";
import { PROGRAM_NAME } from "../../program_name.ts";
import type { PostgresUrl } from "../postgres_url.ts";
import type { Database } from "./database.ts";
import { PostgresErasureLog } from "./erasure_log.ts";
import { readErasureProgress, refuseFault } from "./erasures.ts";

/** An erasure is noted in the log first: then there is a moment to wait. */
const WAIT_MS = 250;
const TRIES_MAX = 20;

/**
 * Rejects a store that is behind the log of its erasures, or whose log is not its own.
 *
 * @param logPlace The place of the log.
 * @throws {StoreError} If it is so.
 */
export async function checkErasures(
  database: Database,
  logPlace: PostgresUrl,
): Promise<void> {
  const log = new PostgresErasureLog(logPlace);
  try {
    for (let tries = 1;; tries++) {
      const progress = await readErasureProgress(database);
      const found = await log.find();
      refuseFault(progress, found);
      if (found.length <= progress.position) return;
      if (tries === TRIES_MAX) break;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  } finally {
    await log.close();
  }
  throw new StoreError(
    "it is older than the log of its erasures, as after a restored dump",
    `Start ${PROGRAM_NAME} serve on it once: that erases again what was erased since`,
  );
}

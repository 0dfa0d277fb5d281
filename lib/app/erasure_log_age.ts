// The age of the log of erasures: one of a backup is whole and fits the store of that day,
// and only the audit trail, which no backup of a store has, tells what was erased since.

import type { Config } from "../config/settings.ts";
import type { AuditRecord } from "../store/audit.ts";
import { openErasureLog } from "../store/open_store.ts";
import type { StoreFault } from "../store/store.ts";

/** An erasure is recorded before it is carried out. */
const DURATION_MAX_MS = 60_000;

const ERASED = /^\d+ events? (?:of|by) /;

/** Returns whether a record is of an erasure that was not refused. */
export function isOfErasure({ act, detail }: AuditRecord): boolean {
  return act === "erase" && ERASED.test(detail ?? "");
}

/**
 * Finds out whether the log of erasures lacks the latest one of the audit trail.
 *
 * @param recordedAt The time of its record, as ISO 8601.
 * @returns The fault; undefined if there is none.
 * @throws {StoreError} If the log cannot be read.
 */
export async function findOldErasureLog(
  { storeUrl, keyStoreUrl }: Pick<Config, "storeUrl" | "keyStoreUrl">,
  recordedAt: string,
): Promise<StoreFault | undefined> {
  const log = openErasureLog(storeUrl, keyStoreUrl);
  try {
    const { name } = await log.find();
    const erasedAtMs = (await log.whole())?.entries.at(-1)?.erasedAtMs ?? 0;
    if (Date.parse(recordedAt) <= erasedAtMs + DURATION_MAX_MS) {
      return undefined;
    }
    return {
      message:
        `the audit trail has an erasure of ${recordedAt} that is not in the log of erasures: ${name} may be older`,
      hint:
        "Stop the server and put the newest copy of that log back: what was erased since may be there again. If there is none, or that erasure failed, erase the objects that the audit trail names once more",
    };
  } finally {
    await log.close();
  }
}

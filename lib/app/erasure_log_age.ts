// The age of the log of erasures: one of a backup is whole and fits the store of that day,
// and only the audit trail, which no backup of a store has, tells what was erased since.

import type { Config } from "../config/settings.ts";
import type { AuditTrail } from "../store/audit.ts";
import { openErasureLog } from "../store/open_store.ts";
import type { StoreFault } from "../store/store.ts";

/** An erasure is recorded before it is carried out. */
const DURATION_MAX_MS = 60_000;

/** The detail of an erasure that was not refused. */
const ERASED = /^\d+ events? (?:of|by) /;

/**
 * Finds an erasure of the audit trail that the log of erasures does not have.
 *
 * @returns The fault; undefined if there is none.
 * @throws {StoreError} If one of them cannot be read.
 */
export async function findOldErasureLog(
  { storeUrl, keyStoreUrl }: Pick<Config, "storeUrl" | "keyStoreUrl">,
  trail: Pick<AuditTrail, "records">,
): Promise<StoreFault | undefined> {
  let recorded: string | undefined;
  for await (const record of trail.records()) {
    if (record?.act !== "erase" || !ERASED.test(record.detail ?? "")) continue;
    recorded = record.at;
  }
  if (recorded === undefined) return undefined;
  const log = openErasureLog(storeUrl, keyStoreUrl);
  try {
    const { name } = await log.find();
    const erasedAtMs = (await log.whole())?.entries.at(-1)?.erasedAtMs ?? 0;
    if (Date.parse(recorded) <= erasedAtMs + DURATION_MAX_MS) return undefined;
    return {
      message:
        `the audit trail has an erasure of ${recorded} that is not in the log of erasures: ${name} may be older`,
      hint:
        "Stop the server and put the newest copy of that log back: what was erased since may be there again. If there is none, or that erasure failed, erase the objects that the audit trail names once more",
    };
  } finally {
    await log.close();
  }
}

import type { Config } from "../config/settings.ts";
import {
  type AuditMark,
  type AuditRecord,
  type AuditTrail,
  type AuditVerdict,
  TrailVerifier,
} from "../store/audit.ts";
import type { StoreFault } from "../store/store.ts";
import { isOfErasure } from "./erasure_detail.ts";
import { openErasureLog } from "../store/open_store.ts";

/** An erasure is recorded before it is carried out. */
const DURATION_MAX_MS = 60_000;

/** The findings of one pass over an audit trail. */
export interface ExaminedTrail {
  readonly verdict: AuditVerdict;
  /** The last record of a whole trail; absent if there is none. */
  readonly last?: AuditRecord;
  /** The fault of one that is not whole. */
  readonly broken?: StoreFault;
  /** The fault of a log of erasures that is older than the trail. */
  readonly oldLog?: StoreFault;
}

/**
 * Examines an audit trail, and what it tells of the log of erasures.
 *
 * @param mark The record that it must have.
 * @throws {StoreError} If one of them cannot be read.
 */
export async function examineTrail(
  config: Pick<Config, "storeUrl" | "keyStoreUrl">,
  trail: Pick<AuditTrail, "records">,
  mark: AuditMark | null,
): Promise<ExaminedTrail> {
  const verifier = new TrailVerifier({ mark });
  let erasedAt: string | undefined;
  for await (const record of trail.records()) {
    verifier.add(record);
    if (record && isOfErasure(record)) erasedAt = record.at;
  }
  const { verdict, last } = verifier;
  const oldLog = erasedAt && await findOldErasureLog(config, erasedAt);
  const found = { verdict, ...oldLog && { oldLog } };
  if (verdict.ok) return { ...found, ...last && { last } };
  const { position, fault } = verdict;
  const message = `the audit trail is broken at record ${position}: ${fault}`;
  const hint =
    "Find out who changed it, and put it back if you can. To begin another, stop the server and move it away: the first record of the new one tells where it ended";
  return { ...found, broken: { message, hint } };
}

/**
 * Finds out whether the log of erasures lacks the latest one of the audit trail.
 *
 * @param recordedAt The time of its record, as ISO 8601.
 * @returns The fault; undefined if there is none.
 * @throws {StoreError} If the log cannot be read.
 */
async function findOldErasureLog(
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

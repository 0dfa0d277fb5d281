import type { Config } from "../config/settings.ts";
import {
  type AuditMark,
  type AuditRecord,
  type AuditTrail,
  type AuditVerdict,
  TrailVerifier,
} from "../store/audit.ts";
import type { StoreFault } from "../store/store_fault.ts";
import {
  readErasure,
  REBUILT,
  type RecordedErasure,
} from "./erasure_detail.ts";
import { openErasureLog } from "../store/open_store.ts";

/** An erasure is recorded before it is carried out; by older versions without its number. */
const DURATION_MAX_MS = 60_000;

/** Looks at a log that lacks an erasure: one that is under way is in it soon. */
const LOOKS_MAX = 5;
const LOOK_AGAIN_MS = 400;

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
  let erasure: RecordedErasure | undefined;
  for await (const record of trail.records()) {
    verifier.add(record);
    if (!record) continue;
    // One that is rebuilt has fewer entries.
    erasure = record.detail === REBUILT
      ? undefined
      : readErasure(record) ?? erasure;
  }
  const { verdict, last } = verifier;
  const oldLog = erasure && await findOldErasureLog(config, erasure);
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
 * @returns The fault; undefined if there is none.
 * @throws {StoreError} If the log cannot be read.
 */
async function findOldErasureLog(
  config: Pick<Config, "storeUrl" | "keyStoreUrl">,
  erasure: RecordedErasure,
): Promise<StoreFault | undefined> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    if (looks > 0) await new Promise((end) => setTimeout(end, LOOK_AGAIN_MS));
    if (await hasErasure(config, erasure)) return undefined;
  }
  const { storeUrl, keyStoreUrl } = config;
  const log = openErasureLog(storeUrl, keyStoreUrl);
  const { name } = await log.find().finally(() => log.close());
  return {
    message:
      `the audit trail has an erasure of ${erasure.at} that is not in the log of erasures: ${name} may be older`,
    hint:
      "Stop the server and put the newest copy of that log back: what was erased since may be there again. If there is none, or that erasure failed, erase the objects that the audit trail names once more",
  };
}

async function hasErasure(
  { storeUrl, keyStoreUrl }: Pick<Config, "storeUrl" | "keyStoreUrl">,
  { at, number }: RecordedErasure,
): Promise<boolean> {
  const log = openErasureLog(storeUrl, keyStoreUrl);
  try {
    if (number !== undefined) return (await log.find()).length >= number;
    const latest = (await log.whole())?.entries.at(-1)?.erasedAtMs ?? 0;
    return Date.parse(at) <= latest + DURATION_MAX_MS;
  } finally {
    await log.close();
  }
}

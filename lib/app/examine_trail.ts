import type { Config } from "../config/settings.ts";
import {
  type AuditMark,
  type AuditRecord,
  type AuditTrail,
  type AuditVerdict,
  TrailVerifier,
} from "../store/audit.ts";
import type { StoreFault } from "../store/store.ts";
import { findOldErasureLog, isOfErasure } from "./erasure_log_age.ts";

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

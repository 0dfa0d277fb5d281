import { findOldErasureLog } from "../app/erasure_log_age.ts";
import type { Config } from "../config/settings.ts";
import { counted } from "../views/counted.ts";
import { verifyTrail } from "../store/audit.ts";
import { openAudit } from "../store/open_store.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

/** Verifies the audit trail of a store; no finding without one. */
export async function checkAudit(
  config: Config,
): Promise<readonly Finding[]> {
  const trail = openAudit(config.storeUrl);
  const verdict = await verifyTrail(trail.records());
  if (!verdict.ok) {
    const { position, fault } = verdict;
    return [
      failed(
        "audit",
        `the trail is broken at record ${position}: ${fault}`,
        "Find out who changed it; export it, then move it away to begin another",
      ),
    ];
  }
  const { records, head } = verdict;
  if (records === 0) return [];
  const count = counted(records, "record");
  const whole = `${count}, whole up to the head ${head.slice(0, 16)}…`;
  const old = await findOldErasureLog(config, trail);
  return [
    ok("audit", whole),
    ...old ? [warning("erasures", old.message, old.hint)] : [],
  ];
}

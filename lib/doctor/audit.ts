import { counted } from "../views/counted.ts";
import { verifyTrail } from "../store/audit.ts";
import { openAudit } from "../store/open_store.ts";
import { failed, type Finding, ok } from "./finding.ts";

/** Verifies the audit trail of a store; no finding without one. */
export async function checkAudit(
  storeUrl: string,
): Promise<readonly Finding[]> {
  const verdict = await verifyTrail(openAudit(storeUrl).records());
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
  return [ok("audit", `${count}, whole up to the head ${head.slice(0, 16)}…`)];
}

import { examineTrail } from "../app/examine_trail.ts";
import type { Config } from "../config/settings.ts";
import { counted } from "../views/counted.ts";
import { openAudit } from "../store/open_store.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

/** Verifies the audit trail of a store; no finding without one. */
export async function checkAudit(
  config: Config,
): Promise<readonly Finding[]> {
  const trail = openAudit(config.storeUrl);
  // Before the trail, which may get more meanwhile. A store that cannot be read is a
  // finding of its own.
  const mark = trail.mark ? await unlessUnreadable(trail.mark()) : null;
  const { verdict, broken, oldLog } = await examineTrail(
    config,
    trail,
    mark ?? null,
  );
  const findings: Finding[] = [];
  if (broken) findings.push(failed("audit", broken.message, broken.hint));
  if (verdict.ok && verdict.records > 0) {
    const count = counted(verdict.records, "record");
    const whole = `${count}, whole up to the head ${
      verdict.head.slice(0, 16)
    }…`;
    findings.push(ok("audit", whole));
  }
  if (oldLog) findings.push(warning("erasures", oldLog.message, oldLog.hint));
  return findings;
}

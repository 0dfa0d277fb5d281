import { assert } from "@std/assert";
import type { Finding } from "../../lib/doctor/finding.ts";

/** Findings as `status name: summary`; each trouble must have a hint. */
export function brief(findings: readonly Finding[]): string[] {
  return findings.map(({ name, status, summary, hint }) => {
    assert((status === "ok") === (hint === null), summary);
    assert(hint === null || /^[A-Z]/.test(hint), hint ?? "");
    return `${status} ${name}: ${summary}`;
  });
}

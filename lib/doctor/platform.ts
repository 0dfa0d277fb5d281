import SUPPORTED from "../supported.json" with { type: "json" };
import { type Finding, warning } from "./finding.ts";

/** The surroundings of a program. */
export interface Platform {
  /** The version of Deno, such as `2.9.6`. */
  readonly deno: string;
  /** The target triple, such as `x86_64-unknown-linux-gnu`. */
  readonly target: string;
}

/**
 * Warns of a runtime or a system that is not supported.
 *
 * @param platform The one the program runs on.
 * @returns A warning for each; none when both are supported.
 */
export function platformFindings({ deno, target }: Platform): Finding[] {
  const { oldest } = SUPPORTED.deno;
  const findings: Finding[] = [];
  if (deno.localeCompare(oldest, "en", { numeric: true }) < 0) {
    const summary =
      `Deno ${deno} is older than the oldest supported, ${oldest}`;
    findings.push(warning("runtime", summary, "Update Deno: deno upgrade"));
  }
  if (!SUPPORTED.targets.includes(target)) {
    const summary = `${target} is not a supported system`;
    const hint = `Supported are ${SUPPORTED.targets.join(", ")}`;
    findings.push(warning("system", summary, hint));
  }
  return findings;
}

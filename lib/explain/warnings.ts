/**
 * Where other receivers go wrong with a delivery that verifies.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";
import { type Finding, finding } from "./finding.ts";
import type { ReadSet } from "./header_reading.ts";
import { BODY_BYTES_MAX } from "./work.ts";

/**
 * Warns of what a valid delivery asks of its receiver beyond the simplest one.
 *
 * @param sets The sets of its header.
 * @param body Its body.
 * @returns A finding for each.
 */
export function warnings(
  sets: readonly ReadSet[],
  body: Uint8Array,
): Finding[] {
  const findings: Finding[] = [];
  if (changesWhenRewritten(body)) {
    const sentence =
      "A receiver that parses the body and writes it again gets other bytes, and refuses them";
    findings.push(finding("receiver-rewrites-body", sentence));
  }
  if (new Set(sets.flatMap(({ timestamps }) => timestamps)).size > 1) {
    const sentence = "The sets have different t";
    findings.push(finding("receiver-mixes-timestamps", sentence));
  }
  return findings;
}

function changesWhenRewritten(body: Uint8Array): boolean {
  if (body.length > BODY_BYTES_MAX) return false;
  if (!isUtf8(body)) return true;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  try {
    return JSON.stringify(JSON.parse(text)) !== text;
  } catch {
    return false; // It gets as far as parsing, and no further.
  }
}

/**
 * The grammar of the `persona-signature` header.
 *
 * ```ts
 * import { parseSignatureHeader } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * const mac = "0".repeat(64);
 * const [newer, older] = parseSignatureHeader(`t=2,v1=${mac} t=1,v1=${mac}`);
 * assertEquals([newer?.timestamp, older?.timestamp], ["2", "1"]);
 * ```
 *
 * @module
 */

import { decodeHex } from "@std/encoding/hex";

/** One `t` and the signatures made with it. */
export interface SignatureSet {
  /** Unix seconds as they stand in the header, for that text is what was signed. */
  readonly timestamp: string;
  /** HMAC-SHA256 values, 32 bytes each, at least one. */
  readonly macs: readonly Uint8Array<ArrayBuffer>[];
}

// Each set and each v1 costs an HMAC over the whole body before anything is known
// about the sender. A rotation needs two sets.
const SETS_MAX = 16;
const MACS_MAX = 4;

/**
 * Reads every set that is well formed; unknown keys are ignored.
 *
 * @param header The header's value.
 * @returns The well-formed sets; none when the header is not a signature or holds
 * more than 16 sets.
 */
export function parseSignatureHeader(header: string): SignatureSet[] {
  const groups = header.split(" ").filter((group) => group !== "");
  if (groups.length > SETS_MAX) return [];
  return groups.flatMap((group) => parseSet(group) ?? []);
}

function parseSet(group: string): SignatureSet | undefined {
  let timestamp: string | undefined;
  const macs: Uint8Array<ArrayBuffer>[] = [];
  for (const pair of group.split(",")) {
    if (pair.startsWith("t=")) {
      if (timestamp !== undefined) return undefined; // Which one was signed?
      timestamp = pair.slice(2);
    } else if (pair.startsWith("v1=")) {
      const hex = pair.slice(3);
      if (!/^[0-9a-f]{64}$/.test(hex)) continue;
      if (macs.length === MACS_MAX) return undefined;
      macs.push(decodeHex(hex));
    }
  }
  if (macs.length === 0 || !timestamp || !/^[0-9]{1,15}$/.test(timestamp)) {
    return undefined;
  }
  return { timestamp, macs };
}

/**
 * The grammar of the `persona-signature` header.
 *
 * ```ts
 * import { parseSignatureHeader } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const mac = "0".repeat(64);
 * const [newer, older] = parseSignatureHeader(`t=2,v1=${mac} t=1,v1=${mac}`);
 * assertEquals([newer?.timestamp, older?.timestamp], ["2", "1"]);
 * ```
 *
 * Intermediaries may respell a header that holds several sets, or came twice: blanks
 * after the commas, commas between the sets (RFC 9110, section 5.3). Each `v1` still
 * belongs to the `t` of its own set, and to no other.
 *
 * @module
 */

/** One `t` and the signatures made with it. */
export interface SignatureSet {
  /** Unix seconds as they stand in the header, for that text is what was signed. */
  readonly timestamp: string;
  /** HMAC-SHA256 values, 32 bytes each, at least one. */
  readonly macs: readonly Uint8Array<ArrayBuffer>[];
}

// A rotation needs two sets, of one v1 each.
const SETS_MAX = 16;
const MACS_MAX = 4;

/** All that Persona sends unless a secret is being rotated; other headers take longer. */
const SINGLE_SET = /^t=([0-9]{1,15}),v1=([0-9a-f]{64})$/;

// Each costs an HMAC over the whole body before anything is known about the sender.
const TIMESTAMPS_MAX = 4;

/**
 * Reads every set that is well formed; unknown keys are ignored.
 *
 * @param header The header's value.
 * @returns The well-formed sets; none when the header is not a signature, or holds
 * more than 16 sets or 4 different timestamps.
 */
export function parseSignatureHeader(header: string): SignatureSet[] {
  const [, timestamp, mac] = SINGLE_SET.exec(header) ?? [];
  if (timestamp && mac) return [{ timestamp, macs: [Uint8Array.fromHex(mac)] }];
  const groups = splitGroups(header);
  if (groups.length > SETS_MAX) return [];
  const sets = groups.flatMap(splitSets).flatMap((set) => parseSet(set) ?? []);
  const timestamps = new Set(sets.map(({ timestamp }) => timestamp));
  const isTooMuch = sets.length > SETS_MAX || timestamps.size > TIMESTAMPS_MAX;
  return isTooMuch ? [] : sets;
}

/** Splits at blanks, but for those beside a comma. */
function splitGroups(header: string): string[] {
  const groups: string[] = [];
  let isJoined = true;
  for (const part of header.split(" ")) {
    if (part === "") continue;
    if (isJoined || part.startsWith(",")) {
      groups.push(`${groups.pop() ?? ""}${part}`);
    } else groups.push(part);
    isJoined = part.endsWith(",");
  }
  return groups;
}

/** Splits what stands between two blanks: one set, or several joined by commas. */
function splitSets(group: string): string[][] {
  const pairs = group.split(",");
  const starts = pairs.flatMap((pair, i) => pair.startsWith("t=") ? [i] : []);
  if (starts.length <= 1) return [pairs];
  const sets = starts.map((start, i) => pairs.slice(start, starts[i + 1]));
  // Otherwise nobody can tell which `t` was signed.
  const isClear = !hasMac(pairs.slice(0, starts[0])) && sets.every(hasMac);
  return isClear ? sets : [];
}

function hasMac(pairs: readonly string[]): boolean {
  return pairs.some((pair) => pair.startsWith("v1="));
}

function parseSet(pairs: readonly string[]): SignatureSet | undefined {
  const timestamp = pairs.find((pair) => pair.startsWith("t="))?.slice(2);
  if (!timestamp || !/^[0-9]{1,15}$/.test(timestamp)) return undefined;
  const macs = pairs.filter((pair) => /^v1=[0-9a-f]{64}$/.test(pair))
    .map((pair) => Uint8Array.fromHex(pair.slice(3)));
  if (macs.length === 0 || macs.length > MACS_MAX) return undefined;
  return { timestamp, macs };
}

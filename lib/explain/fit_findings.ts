/**
 * What each set of a header was made over, and with what.
 *
 * @module
 */

import { type Finding, finding } from "./finding.ts";
import type { ReadSet } from "./header_reading.ts";
import { isCompressed } from "./is_compressed.ts";
import { endsInTheMiddle } from "./json_end.ts";
import { keysOf } from "./keys.ts";
import { search, type SearchResult } from "./search.ts";
import { BODY_BYTES_MAX, Work } from "./work.ts";

/** What the sets are compared with. */
export interface Known {
  readonly body: Uint8Array;
  /** At least one. */
  readonly secrets: readonly string[];
}

/** In how much what was signed may differ from what is at hand, at once. */
const DIFFERENCES_MAX = 2;

/**
 * Tells of each set what it fits, or that it fits nothing.
 *
 * @param sets The sets.
 * @param known The body and the secrets.
 * @returns One finding or several for each set that has a v1.
 */
export async function fitFindings(
  sets: readonly ReadSet[],
  { body, secrets }: Known,
): Promise<Finding[]> {
  const keys = await keysOf(secrets);
  const isTooLarge = body.length > BODY_BYTES_MAX;
  const differencesMax = isTooLarge ? 0 : DIFFERENCES_MAX;
  const work = new Work();
  const results = search(sets, { body, keys, differencesMax, work });
  const isBodyKnown = results.some(({ ok }) => ok);
  return sets.flatMap((read, i) => {
    const number = i + 1;
    const result = results[i];
    if (!result || read.macs.length === 0) return [];
    if (result.ok) return fitting(result, number);
    if (isBodyKnown) return [otherSecret(number)];
    if (isTooLarge) return [tooLarge(number)];
    return [
      ...unfitting(body, read, number),
      ...result.isComplete ? [] : [notAllTried(number)],
    ];
  });
}

function otherSecret(set: number): Finding {
  const sentence =
    "The signature was made with none of the secrets at hand, or with another t";
  return finding("other-secret", sentence, set);
}

function tooLarge(set: number): Finding {
  const sentence =
    "The signature does not fit the body, which is too large for trying changes";
  return finding("body-too-large", sentence, set);
}

function notAllTried(set: number): Finding {
  const sentence = "Not every change was tried, as the body is large";
  return finding("not-all-tried", sentence, set);
}

function fitting(
  { differences, fingerprint }: Extract<SearchResult, { ok: true }>,
  set: number,
): Finding[] {
  const secret = fingerprint === null ? "" : ` (secret ${fingerprint})`;
  if (differences.length === 0) {
    const sentence = `The signature fits the body as it is${secret}`;
    return [finding("fits", sentence, set)];
  }
  return differences.map(({ code, words }) =>
    finding(code, `The signature ${words}${secret}`, set)
  );
}

/** What looks suspicious about the body; else it can be anything. */
function unfitting(
  body: Uint8Array,
  { timestamps }: ReadSet,
  set: number,
): Finding[] {
  // A character that was cut in two at the end is left out.
  const text = new TextDecoder().decode(body, { stream: true });
  const findings: Finding[] = [];
  if (isCompressed(body)) {
    const sentence =
      "The signature fits nothing, and the body looks compressed";
    return [finding("body-compressed", sentence, set)];
  }
  if (body.length === 0) {
    const sentence = "The signature fits nothing, and the body is empty";
    findings.push(finding("body-empty", sentence, set));
  }
  if (endsInTheMiddle(text)) {
    const sentence =
      "The signature fits nothing, and the body ends in the middle of its JSON";
    findings.push(finding("body-truncated", sentence, set));
  }
  if (text.includes("\ufffd")) {
    const sentence =
      "The signature fits nothing, and the body holds characters that are lost (U+FFFD)";
    findings.push(finding("body-replaced", sentence, set));
  }
  // One that cannot be read is told of already, and reason enough.
  const isTimeKnown = timestamps.some((text) => /^[0-9]{1,15}$/.test(text));
  if (findings.length === 0 && isTimeKnown) {
    const rewritten = isAsJavaScriptWrites(text)
      ? ", or the body was parsed and written again before it was verified (numbers such as 1.0, the order of keys)"
      : "";
    const sentence =
      `The signature was made with another secret or over other bytes${rewritten}: no likely change makes it fit`;
    findings.push(finding("mismatch", sentence, set));
  }
  return findings;
}

/** What parsing loses cannot be found again, but what it leaves can be told. */
function isAsJavaScriptWrites(text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}

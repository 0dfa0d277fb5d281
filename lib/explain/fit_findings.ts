import { createHmac } from "node:crypto";
import { secretFingerprint } from "../secret_fingerprint.ts";
import { type Finding, finding, type FindingCode } from "./finding.ts";
import type { ReadSet } from "./header_reading.ts";
import { bodyVariants, secretVariants } from "./variants.ts";

/** The inputs that the sets are compared with. */
export interface KnownInputs {
  readonly body: Uint8Array;
  /** At least one. */
  readonly secrets: readonly string[];
}

/** Larger bodies are not varied: no receiver takes them. */
const BODY_BYTES_MAX = 64 << 20;

/** The limit of bytes hashed by one explanation: a second or two. */
const HASHED_BYTES_MAX = 1 << 30;

/**
 * Finds the body and the secret that each set fits, if any.
 *
 * @returns One finding or several for each set that has a t and a v1.
 */
export async function fitFindings(
  sets: readonly ReadSet[],
  known: KnownInputs,
): Promise<Finding[]> {
  const search = new Search(sets, known);
  search.run();
  const isBodyKnown = search.fits.size > 0;
  const findings = await Promise.all(sets.map(async (set, i) => {
    const number = i + 1;
    const fit = search.fits.get(set);
    if (fit) {
      const fingerprint = await secretFingerprint(fit.secret);
      const sentence = `The signature ${fit.words} (secret ${fingerprint})`;
      return [finding(fit.code, sentence, number)];
    }
    // Without both, nothing could fit: what is wrong with the header says so.
    if (set.macs.length === 0 || set.timestamp === "") return [];
    if (!isBodyKnown) return unfitting(known.body, number);
    const sentence =
      "The signature was made with none of the secrets at hand, or with another t";
    return [finding("other-secret", sentence, number)];
  }));
  return findings.flat();
}

interface Fit {
  readonly secret: string;
  readonly code: FindingCode;
  readonly words: string;
}

/** Tries what is at hand first, then what differs in one thing. */
class Search {
  readonly fits = new Map<ReadSet, Fit>();
  readonly #sets: readonly ReadSet[];
  readonly #known: KnownInputs;
  #bytesLeft = HASHED_BYTES_MAX;

  constructor(sets: readonly ReadSet[], known: KnownInputs) {
    this.#sets = sets;
    this.#known = known;
  }

  run(): void {
    const { body, secrets } = this.#known;
    const asIs = { code: "fits", words: "fits the body as it is" } as const;
    for (const secret of secrets) this.#try(body, secret, { secret, ...asIs });
    // One set that fits shows what was signed.
    if (this.fits.size > 0 || body.length > BODY_BYTES_MAX) return;
    for (const secret of secrets) {
      for (const { value, code, words } of secretVariants(secret)) {
        this.#try(body, value, { secret, code, words });
      }
    }
    if (this.fits.size > 0) return;
    for (const { value, code, words } of bodyVariants(body)) {
      for (const secret of secrets) {
        this.#try(value, secret, { secret, code, words });
      }
      if (this.fits.size > 0 || this.#bytesLeft < 0) return;
    }
  }

  #try(body: Uint8Array, key: string, fit: Fit): void {
    for (const set of this.#sets) {
      if (this.fits.has(set) || set.macs.length === 0) continue;
      this.#bytesLeft -= body.length;
      const mac = createHmac("sha256", key).update(`${set.timestamp}.`)
        .update(body).digest("hex");
      if (set.macs.includes(mac)) this.fits.set(set, fit);
    }
  }
}

/** The finding about a body that no signature fits. */
function unfitting(body: Uint8Array, set: number): Finding[] {
  const told = (code: FindingCode, fact: string) => [
    finding(code, `The signature fits nothing, and the body ${fact}`, set),
  ];
  if (body.length > BODY_BYTES_MAX) {
    return told("body-too-large", "is too large for trying changes");
  }
  if (body.length === 0) return told("body-empty", "is empty");
  if (endsInTheMiddle(body)) {
    return told("body-truncated", "ends in the middle of its JSON");
  }
  const sentence =
    "The body was signed with a different secret, or changed on the way, perhaps by parsing it and writing it again: no likely change makes it fit";
  return [finding("mismatch", sentence, set)];
}

/** Returns whether JSON is missing its rest. */
function endsInTheMiddle(body: Uint8Array): boolean {
  // A character that was cut in two at the end is left out.
  const text = new TextDecoder().decode(body, { stream: true });
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    const { message } = error as SyntaxError;
    return /^\s*[[{]/.test(text) &&
      (/end of JSON input|^Unterminated/.test(message) ||
        message.includes(`at position ${text.length}`));
  }
}

/**
 * Explanations of signatures that do not verify, for those who have the header, the
 * body and the secret: the fault of the header, the distance of its time, and the change
 * of the body or the secret that it would fit.
 *
 * ```ts
 * import { explainSignature, sign } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * const encoder = new TextEncoder();
 * const header = await sign("wbhsec_example", encoder.encode('{"a":1}'));
 * const { ok, findings } = await explainSignature({
 *   header,
 *   body: encoder.encode('{ "a": 1 }'),
 *   secrets: ["wbhsec_example"],
 * });
 * assertEquals(ok, false);
 * assertEquals(findings[0]?.code, "body-reserialized");
 * ```
 *
 * @module
 */

import { systemClock } from "../clock.ts";
import { type Finding, finding, type FindingCode } from "./finding.ts";
import { fitFindings } from "./fit_findings.ts";
import { readHeader } from "./header_reading.ts";
import { skewFinding } from "./skew.ts";
import { secretFingerprint } from "../secret_fingerprint.ts";
import { createVerifier, type SignatureFault } from "../persona/signature.ts";

export type { Finding, FindingCode };

/** A signature to explain. */
export interface ExplainInput {
  /** The `persona-signature` header; null or empty when absent. */
  readonly header: string | null;
  /** The request body exactly as received; null explains the header alone. */
  readonly body: Uint8Array | null;
  /** The secrets that it was checked with. */
  readonly secrets: readonly string[];
  /** The time when it was received, in Unix seconds; now by default. */
  readonly nowSeconds?: number | undefined;
  /**
   * The most that `t` may be from then, either way.
   *
   * @default {300}
   */
  readonly toleranceSeconds?: number | undefined;
}

/** The result of {@linkcode explainSignature}. */
export interface Explanation {
  /** True if it verifies. */
  readonly ok: boolean;
  /** The verifier's reason to reject it; null if it verifies. */
  readonly reason: SignatureFault | null;
  /** Which set of the header does, from 1; null when none does. */
  readonly set: number | null;
  /** The fingerprint of the secret that matched; null when none did. */
  readonly secretFingerprint: string | null;
  /** The findings in the order of the header's sets; never empty if there is a body. */
  readonly findings: readonly Finding[];
}

/** Secrets shorter than this are in every text. */
const SECRET_LENGTH_MIN = 8;

/**
 * Explains why a signature does not verify. The verdict is that of the receiver's own
 * verifier.
 *
 * The explanation contains no secret, no MAC and nothing of the body. Show it to the
 * receiver only: it would tell a sender too much.
 *
 * @param input The signature, and what it is checked with.
 * @returns The explanation, whatever the header or body contains.
 * @throws {TypeError} If the body is neither a `Uint8Array` nor null.
 * @throws {RangeError} If `nowSeconds` is not finite.
 *
 * @example A clock that is wrong
 * ```ts
 * import { explainSignature, sign } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * const body = new TextEncoder().encode("{}");
 * const secrets = ["wbhsec_example"];
 * const header = await sign("wbhsec_example", body, { timestamp: 1_000 });
 * const explanation = await explainSignature({
 *   header,
 *   body,
 *   secrets,
 *   nowSeconds: 1_310,
 * });
 * assertEquals(explanation.reason, "expired");
 * assertEquals(
 *   explanation.findings[0]?.sentence,
 *   "t lies 310 s (5 min) in the past: 10 s more than the tolerance of 300 s",
 * );
 * ```
 */
export async function explainSignature(
  input: ExplainInput,
): Promise<Explanation> {
  const { header, body, toleranceSeconds = 300 } = input;
  const nowSeconds = input.nowSeconds ??
    Math.floor(systemClock.nowMs() / 1000);
  if (body !== null && !(body instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot explain the signature as the body must be a Uint8Array: current value is of type ${typeof body}`,
    );
  }
  if (!Number.isFinite(nowSeconds)) {
    throw new RangeError(
      `Cannot explain the signature as nowSeconds must be Unix seconds: current value is ${nowSeconds}`,
    );
  }
  const secrets = input.secrets.filter((secret) => secret !== "");
  const verifier = await createVerifier(secrets, {
    toleranceSeconds,
    clock: { nowMs: () => nowSeconds * 1000 },
  });
  const result = await verifier.verify(header, body ?? new Uint8Array());
  const matching = result.ok ? secrets[result.secretIndex] : undefined;
  const findings = await findingsOf({
    header: header ?? "",
    body,
    secrets,
    nowSeconds,
    toleranceSeconds,
  });
  return {
    ok: result.ok,
    reason: result.ok ? null : result.reason,
    set: result.ok ? validSet(findings) : null,
    secretFingerprint: matching === undefined
      ? null
      : await secretFingerprint(matching),
    findings,
  };
}

interface Case {
  readonly header: string;
  readonly body: Uint8Array | null;
  readonly secrets: readonly string[];
  readonly nowSeconds: number;
  readonly toleranceSeconds: number;
}

async function findingsOf(at: Case): Promise<Finding[]> {
  const { header, body, secrets } = at;
  if (header === "") {
    return [finding("header-missing", "There is no persona-signature header")];
  }
  if (secrets.some((secret) => isIn(header, secret))) {
    const sentence = "The header holds the secret itself";
    return [finding("secret-in-header", sentence)];
  }
  const { sets, faults } = readHeader(header);
  const skews = sets.flatMap(({ timestamp }, i) =>
    skewFinding(timestamp, i + 1, at) ?? []
  );
  const fits = body === null
    ? []
    : secrets.length === 0
    ? [finding("secret-missing", "There is no secret to check with")]
    : await fitFindings(sets, { body, secrets });
  const findings = [...faults, ...skews, ...fits];
  return sets.length > 1 ? bySet(findings) : findings;
}

function isIn(header: string, secret: string): boolean {
  return secret.length >= SECRET_LENGTH_MIN && header.includes(secret);
}

/** The first one that fits and has no fault. */
function validSet(findings: readonly Finding[]): number | null {
  const hasFault = (set: number | null) =>
    findings.some((finding) => finding.isFault && finding.set === set);
  const fit = findings.find(({ code, set }) =>
    code === "fits" && !hasFault(set)
  );
  return fit?.set ?? null;
}

/** Every set told one by one; what is about all of them first. */
function bySet(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => {
    const { set, sentence } = finding;
    return set === null
      ? finding
      : { ...finding, sentence: `Set ${set}: ${sentence}` };
  }).toSorted((a, b) => (a.set ?? 0) - (b.set ?? 0));
}

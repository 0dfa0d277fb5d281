// An explanation of a signature as text and as JSON lines.

import type { Explanation, Finding } from "../explain/explain_signature.ts";
import { REJECT_REASONS } from "../reject_reasons.ts";

/** The verdict, in the words of the log if it is bad. */
function verdictOf(
  { reason, set, secretFingerprint }: Explanation,
): string {
  if (reason !== null) return REJECT_REASONS[`signature-${reason}`].summary;
  const place = set === null ? "" : `set ${set} `;
  return `Valid signature: ${place}made with secret ${secretFingerprint}`;
}

/** Lines for a person: the verdict, then each finding. */
export function explanationText(explanation: Explanation): string[] {
  const { ok, findings } = explanation;
  return [
    `${ok ? "✓" : "✗"} ${verdictOf(explanation)}`,
    ...findings.flatMap(findingLines),
  ];
}

function findingLines({ isFault, sentence, hint }: Finding): string[] {
  return ["", `${isFault ? "✗" : "·"} ${sentence}`, `  ${hint}`];
}

/** JSON lines: the verdict first, then each finding. */
export function explanationJson(explanation: Explanation): string[] {
  const { ok, reason, set, secretFingerprint, findings } = explanation;
  const verdict = {
    type: "verdict",
    ok,
    reason: reason && `signature-${reason}`,
    set,
    secretFingerprint,
    sentence: verdictOf(explanation),
  };
  return [
    JSON.stringify(verdict),
    ...findings.map((finding) =>
      JSON.stringify({ type: "finding", ...finding })
    ),
  ];
}

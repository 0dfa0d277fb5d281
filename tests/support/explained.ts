import {
  type ExplainInput,
  explainSignature,
  type Explanation,
} from "../../lib/explain/explain_signature.ts";
import { bytesOf, NOW_SECONDS, SECRET } from "./signed_delivery.ts";

/** A delivery to be explained, at the present of tests unless said. */
export interface ExplainedDelivery
  extends Partial<Omit<ExplainInput, "header" | "body">> {
  readonly header: string | null;
  readonly body: string | Uint8Array;
}

/** Explains a delivery. */
export function explained(
  { body, ...input }: ExplainedDelivery,
): Promise<Explanation> {
  return explainSignature({
    secrets: [SECRET],
    nowSeconds: NOW_SECONDS,
    ...input,
    body: typeof body === "string" ? bytesOf(body) : body,
  });
}

/** The codes of what was found, the number of its set before each. */
export function codesOf({ findings }: Explanation): string[] {
  return findings.map(({ code, set }) =>
    set === null ? code : `${set} ${code}`
  );
}

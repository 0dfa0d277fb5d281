import { accountPayload } from "./account.ts";
import { casePayload } from "./case.ts";
import type { SampleContext } from "./context.ts";
import { documentPayload, selfiePayload } from "./document.ts";
import { fitResource } from "./fit_resource.ts";
import { genericPayload } from "./generic.ts";
import type { JsonObject } from "../json/json.ts";
import { inquiryPayload } from "./inquiry.ts";
import { inquirySessionPayload } from "./inquiry_session.ts";
import { reportPayload } from "./report.ts";
import type { SamplePayload } from "./resource.ts";
import { transactionPayload } from "./transaction.ts";
import { verificationPayload } from "./verification.ts";

type Builder = (context: SampleContext) => SamplePayload;

const BUILDERS: ReadonlyMap<string, Builder> = new Map([
  ["account", accountPayload],
  ["case", casePayload],
  ["document", documentPayload],
  ["inquiry", inquiryPayload],
  ["inquiry-session", inquirySessionPayload],
  ["selfie", selfiePayload],
  ["transaction", transactionPayload],
  ["verification", verificationPayload],
]);

/** Makes the payload for the event name of a context. */
export function samplePayload(context: SampleContext): JsonObject {
  const builder = context.kind.startsWith("report/")
    ? reportPayload
    : BUILDERS.get(context.kind) ?? genericPayload;
  const { data, included = [] } = builder(context);
  return {
    data: fitResource(data, context),
    ...(included && {
      included: included.map((resource) => fitResource(resource, context)),
    }),
  };
}

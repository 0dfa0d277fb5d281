import type { SampleContext } from "./context.ts";
import { accountFields } from "./person.ts";
import { type SamplePayload, type SampleResource, toOne } from "./resource.ts";

const DAY_SECONDS = 86_400;

/** The payload of `account.*`. */
export function accountPayload(context: SampleContext): SamplePayload {
  const account = sampleAccount(context, { id: context.objectId("act") });
  const { attributes } = account;
  if (context.action === "created") {
    attributes["created-at"] = context.secondsBefore(0);
  }
  return { data: account, included: [] };
}

/** An account that has been there for a day. */
export function sampleAccount(
  context: SampleContext,
  options: { readonly id: string },
): SampleResource {
  return {
    type: "account",
    id: options.id,
    attributes: {
      "reference-id": context.referenceId,
      "account-type-name": "User",
      "account-status": "Default",
      "created-at": context.secondsBefore(DAY_SECONDS),
      "updated-at": context.secondsBefore(0),
      "redacted-at": context.redactedAt,
      fields: accountFields(context.person),
      tags: context.isRedacted ? [] : ["SAMPLE"],
    },
    relationships: {
      "account-type": toOne("account-type", context.id("acttp")),
    },
  };
}

import type { SampleContext } from "./context.ts";
import { accountFields } from "./person.ts";
import type { SamplePayload, SampleResource } from "./resource.ts";

const DAY_SECONDS = 86_400;

/** The payload of `account.*`. */
export function accountPayload(context: SampleContext): SamplePayload {
  const account = sampleAccount(context, context.objectId("account"));
  if (context.action === "created") {
    account.attributes["created-at"] = context.now;
  }
  return { data: account };
}

/** An account that has been there for a day. */
export function sampleAccount(
  context: SampleContext,
  id: string,
): SampleResource {
  return {
    type: "account",
    id,
    attributes: {
      "account-type-name": "User",
      "account-status": "Default",
      "created-at": context.ago(DAY_SECONDS),
      fields: accountFields(context.person),
    },
  };
}

// Sample: an inquiry with everything around it.

import { sampleAccount } from "./account.ts";
import type { SampleContext } from "./context.ts";
import { inquiryAttributes, inquiryStage } from "./inquiry_attributes.ts";
import { inquirySession } from "./inquiry_session.ts";
import { type SamplePayload, toMany, toOne } from "./resource.ts";
import { documentVerification, selfieVerification } from "./verification.ts";

/** The payload of `inquiry.*`. */
export function inquiryPayload(context: SampleContext): SamplePayload {
  const inquiryId = context.objectId("inquiry");
  const linked = (type: string) => ({ type, id: context.id(type) });
  const account = sampleAccount(context, context.id("account"));
  const { startedSecondsBefore, verified } = inquiryStage(context.action);
  const sessions = startedSecondsBefore === null ? [] : [
    inquirySession(context, {
      id: context.id("inquiry-session"),
      inquiryId,
      startedSecondsBefore,
    }),
  ];
  const verifications = verified === null ? [] : [
    documentVerification(context, {
      id: context.id("verification"),
      status: verified,
      inquiryId,
    }),
    selfieVerification(context, {
      id: context.id("verification", "selfie verification"),
      status: "passed",
      inquiryId,
    }),
  ];
  const document = linked("document/government-id");
  const selfie = linked("selfie/profile-and-center");
  return {
    data: {
      type: "inquiry",
      id: inquiryId,
      attributes: inquiryAttributes(context, {
        documentId: document.id,
        selfieId: selfie.id,
      }),
      relationships: {
        account: toOne("account", account.id),
        "inquiry-template": { data: linked("inquiry-template") },
        "inquiry-template-version": {
          data: linked("inquiry-template-version"),
        },
        sessions: toMany(...sessions),
        verifications: toMany(...verifications),
        ...verified !== null && {
          documents: toMany(document),
          selfies: toMany(selfie),
        },
      },
    },
    included: context.isRedacted
      ? []
      : [...sessions, ...verifications, account],
  };
}

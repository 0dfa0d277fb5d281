// Sample: an inquiry with everything around it.

import type { JsonObject } from "../json/json.ts";
import { sampleAccount } from "./account.ts";
import type { SampleContext } from "./context.ts";
import { inquiryAttributes } from "./inquiry_attributes.ts";
import { inquirySession } from "./inquiry_session.ts";
import { inquiryStage } from "./inquiry_stage.ts";
import {
  type SamplePayload,
  type SampleResource,
  toMany,
  toOne,
} from "./resource.ts";
import { documentVerification, selfieVerification } from "./verification.ts";

/** The payload of `inquiry.*`. */
export function inquiryPayload(context: SampleContext): SamplePayload {
  const inquiryId = context.objectId("inq");
  const account = sampleAccount(context, { id: context.id("act") });
  const sessions = inquirySessions(context, inquiryId);
  const verifications = inquiryVerifications(context, inquiryId);
  const documentId = context.id("doc");
  const selfieId = context.id("self");
  return {
    data: {
      type: "inquiry",
      id: inquiryId,
      attributes: inquiryAttributes(context, { documentId, selfieId }),
      relationships: {
        account: toOne("account", account.id),
        ...templateRelationships(context),
        reports: toMany(),
        reviewer: toOne("reviewer", null),
        sessions: toMany(...sessions),
        verifications: toMany(...verifications),
        ...captureRelationships(verifications, { documentId, selfieId }),
      },
    },
    included: context.isRedacted
      ? []
      : [...sessions, ...verifications, account],
  };
}

/** `template` is for legacy templates, and null beside a new one. */
function templateRelationships(context: SampleContext): JsonObject {
  return {
    template: toOne("template", null),
    "inquiry-template": toOne("inquiry-template", context.id("itmpl")),
    "inquiry-template-version": toOne(
      "inquiry-template-version",
      context.id("itmplv"),
    ),
  };
}

/** The relationships to what was photographed, once it is verified. */
function captureRelationships(
  verifications: readonly SampleResource[],
  ids: { readonly documentId: string; readonly selfieId: string },
): JsonObject {
  if (verifications.length === 0) {
    return { documents: toMany(), selfies: toMany() };
  }
  return {
    documents: toMany({ type: "document/government-id", id: ids.documentId }),
    selfies: toMany({ type: "selfie/profile-and-center", id: ids.selfieId }),
  };
}

function inquirySessions(
  context: SampleContext,
  inquiryId: string,
): SampleResource[] {
  const { startedSecondsBefore } = inquiryStage(context.action);
  if (startedSecondsBefore === null) return [];
  const id = context.id("iqse");
  return [inquirySession(context, { id, inquiryId, startedSecondsBefore })];
}

function inquiryVerifications(
  context: SampleContext,
  inquiryId: string,
): SampleResource[] {
  const { verified } = inquiryStage(context.action);
  if (verified === null) return [];
  return [
    documentVerification(context, {
      id: context.id("ver"),
      status: verified,
      inquiryId,
    }),
    selfieVerification(context, {
      id: context.id("ver"),
      status: "passed",
      inquiryId,
    }),
  ];
}

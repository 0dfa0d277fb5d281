import type { JsonObject } from "../json/json.ts";
import type { SampleContext } from "./context.ts";
import { personAttributes, photoUrl } from "./person.ts";
import { type SamplePayload, type SampleResource, toOne } from "./resource.ts";

const SUBMITTED_SECONDS = 41;
const COMPLETED_SECONDS = 12;

/** Options of a sample verification. */
export interface VerificationOptions {
  /** The id. */
  readonly id: string;
  /** The status, such as `passed`. */
  readonly status: string;
  /** The id of the inquiry it belongs to. */
  readonly inquiryId: string;
}

/** Statuses of the actions that are no status themselves. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ["created", "initiated"],
  // No status of its own is documented.
  ["escalated", "submitted"],
  ["updated-tags", "passed"],
]);

/** The checks of an identity document; a failure fails the first one. */
const DOCUMENT_CHECKS = [
  "id_expired_detection",
  "id_fabrication_detection",
  "id_extracted_properties_detection",
  "id_portrait_detection",
  "id_country_comparison",
];

const SELFIE_CHECKS = [
  "selfie_id_comparison",
  "selfie_liveness_detection",
  "selfie_pose_detection",
];

/** The payload of `verification.*`: an identity document. */
export function verificationPayload(context: SampleContext): SamplePayload {
  const { action } = context;
  return {
    data: documentVerification(context, {
      id: context.objectId("ver"),
      status: STATUSES.get(action) ?? action.replaceAll("-", "_"),
      inquiryId: context.id("inq"),
    }),
    included: [],
  };
}

/** Makes a verification of an identity document. */
export function documentVerification(
  context: SampleContext,
  options: VerificationOptions,
): SampleResource {
  const isCaptured = options.status !== "initiated";
  const person = isCaptured ? context.person : null;
  return {
    type: "verification/government-id",
    id: options.id,
    attributes: {
      ...lifecycle(context, options.status),
      ...personAttributes(person),
      "country-code": "US",
      "id-class": isCaptured ? "dl" : null,
      "identification-number": person?.identificationNumber ?? null,
      "capture-method": "upload",
      "front-photo-url": photoUrl(person, "document-front.jpg"),
      "back-photo-url": photoUrl(person, "document-back.jpg"),
      checks: checks(DOCUMENT_CHECKS, options.status),
    },
    relationships: relationships(
      context,
      "verification-template/government-id",
      options,
    ),
  };
}

/** Makes a verification of a selfie. */
export function selfieVerification(
  context: SampleContext,
  options: VerificationOptions,
): SampleResource {
  return {
    type: "verification/selfie",
    id: options.id,
    attributes: {
      ...lifecycle(context, options.status),
      "capture-method": "photo",
      "center-photo-url": photoUrl(context.person, "selfie-center.jpg"),
      "left-photo-url": photoUrl(context.person, "selfie-left.jpg"),
      "right-photo-url": photoUrl(context.person, "selfie-right.jpg"),
      checks: checks(SELFIE_CHECKS, options.status),
    },
    relationships: relationships(
      context,
      "verification-template/selfie",
      options,
    ),
  };
}

function lifecycle(context: SampleContext, status: string): JsonObject {
  const isSubmitted = status !== "initiated";
  const isCompleted = isSubmitted && status !== "submitted";
  return {
    status,
    "created-at": context.secondsBefore(isSubmitted ? 90 : 0),
    "submitted-at": isSubmitted
      ? context.secondsBefore(isCompleted ? SUBMITTED_SECONDS : 0)
      : null,
    "completed-at": isCompleted
      ? context.secondsBefore(COMPLETED_SECONDS)
      : null,
    "redacted-at": context.redactedAt,
    tags: [],
  };
}

function checks(names: readonly string[], status: string): JsonObject[] {
  if (status === "initiated" || status === "submitted") return [];
  const isFailed = status.endsWith("failed");
  return names.map((name, index) => ({
    name,
    status: isFailed && index === 0 ? "failed" : "passed",
    reasons: isFailed && index === 0 ? ["sample_reason"] : [],
    requirement: index < 2 ? "required" : "not_required",
  }));
}

function relationships(
  context: SampleContext,
  templateType: string,
  options: VerificationOptions,
): JsonObject {
  return {
    inquiry: toOne("inquiry", options.inquiryId),
    "verification-template": toOne(
      templateType,
      context.id("vtmpl"),
    ),
    transaction: toOne("transaction", null),
  };
}

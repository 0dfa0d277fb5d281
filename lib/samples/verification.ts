import type { JsonObject } from "../json/json.ts";
import type { SampleContext } from "./context.ts";
import { photoUrl } from "./person.ts";
import { type SamplePayload, type SampleResource, toOne } from "./resource.ts";

const SUBMITTED_SECONDS = 41;
const COMPLETED_SECONDS = 12;

/** Options of a sample verification. */
export interface VerificationOptions {
  readonly id: string;
  /** The status, such as `passed`. */
  readonly status: string;
  /** The id of the inquiry it belongs to. */
  readonly inquiryId: string;
}

/** Statuses of the actions that are not themselves a status. */
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
      id: context.objectId("verification"),
      status: STATUSES.get(action) ?? action.replaceAll("-", "_"),
      inquiryId: context.id("inquiry"),
    }),
  };
}

/** Makes a verification of an identity document. */
export function documentVerification(
  context: SampleContext,
  options: VerificationOptions,
): SampleResource {
  const isCaptured = options.status !== "initiated";
  const person = isCaptured ? context.person : null;
  return verification(context, options, "government-id", {
    ...person,
    "country-code": "US",
    "id-class": isCaptured ? "dl" : null,
    "capture-method": "upload",
    "front-photo-url": photoUrl(person, "document-front.jpg"),
    "back-photo-url": photoUrl(person, "document-back.jpg"),
    checks: checks(DOCUMENT_CHECKS, options.status),
  });
}

/** Makes a verification of a selfie. */
export function selfieVerification(
  context: SampleContext,
  options: VerificationOptions,
): SampleResource {
  const { person } = context;
  return verification(context, options, "selfie", {
    "capture-method": "photo",
    "center-photo-url": photoUrl(person, "selfie-center.jpg"),
    "left-photo-url": photoUrl(person, "selfie-left.jpg"),
    "right-photo-url": photoUrl(person, "selfie-right.jpg"),
    checks: checks(SELFIE_CHECKS, options.status),
  });
}

function verification(
  context: SampleContext,
  { id, status, inquiryId }: VerificationOptions,
  kind: string,
  attributes: JsonObject,
): SampleResource {
  const isSubmitted = status !== "initiated";
  const isCompleted = isSubmitted && status !== "submitted";
  const template = `verification-template/${kind}`;
  return {
    type: `verification/${kind}`,
    id,
    attributes: {
      status,
      "created-at": context.ago(isSubmitted ? 90 : 0),
      "submitted-at": isSubmitted
        ? context.ago(isCompleted ? SUBMITTED_SECONDS : 0)
        : null,
      "completed-at": isCompleted ? context.ago(COMPLETED_SECONDS) : null,
      ...attributes,
    },
    relationships: {
      inquiry: toOne("inquiry", inquiryId),
      "verification-template": toOne(template, context.id(template)),
    },
  };
}

function checks(names: readonly string[], status: string): JsonObject[] {
  if (status === "initiated" || status === "submitted") return [];
  return names.map((name, index) => {
    const isFailed = index === 0 && status.endsWith("failed");
    return {
      name,
      status: isFailed ? "failed" : "passed",
      reasons: isFailed ? ["sample_reason"] : [],
      requirement: index < 2 ? "required" : "not_required",
    };
  });
}

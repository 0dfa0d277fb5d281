import type { JsonObject } from "../json/json.ts";
import type { SampleContext } from "./context.ts";
import { inquiryStage } from "./inquiry_stage.ts";
import { type Person, personAttributes, personFields } from "./person.ts";

const DAY_SECONDS = 86_400;

/** The ids of the documents that fields point to. */
interface CaptureIds {
  readonly documentId: string;
  readonly selfieId: string;
}

/** Makes the attributes that fit the action of the event. */
export function inquiryAttributes(
  context: SampleContext,
  ids: CaptureIds,
): JsonObject {
  const { action } = context;
  const stage = inquiryStage(action);
  const person = stage.verified === null ? null : context.person;
  const now = context.secondsBefore(0);
  const ago = (seconds: number | null) =>
    seconds === null ? null : context.secondsBefore(seconds);
  const isDecided = ["approved", "declined", "redacted"].includes(action);
  return {
    status: stage.status,
    "reference-id": context.referenceId,
    note: null,
    behaviors: context.isRedacted ? {} : behaviors(person),
    tags: context.isRedacted ? [] : ["SAMPLE", "INBOUND"],
    creator: "API",
    "reviewer-comment": null,
    "created-at": ago(stage.createdSecondsBefore),
    "updated-at": now,
    "started-at": ago(stage.startedSecondsBefore),
    "expires-at": stage.completedSecondsBefore === null && action !== "expired"
      ? context.secondsBefore(stage.createdSecondsBefore - DAY_SECONDS)
      : null,
    "completed-at": ago(stage.completedSecondsBefore),
    "failed-at": action === "failed" ? now : null,
    "marked-for-review-at": action === "marked-for-review" ? now : null,
    "decisioned-at": isDecided ? now : null,
    "expired-at": action === "expired" ? now : null,
    "redacted-at": context.redactedAt,
    "previous-step-name": stage.verified === null
      ? null
      : "verification_selfie",
    "next-step-name": stage.verified === null ? "start" : "success",
    ...personAttributes(person),
    fields: inquiryFields(person, ids),
  };
}

function inquiryFields(person: Person | null, ids: CaptureIds): JsonObject {
  const hash = (type: string, id: string) =>
    person === null ? null : { id, type };
  return {
    ...personFields(person),
    "identification-class": {
      type: "string",
      value: person === null ? null : "dl",
    },
    "selected-country-code": {
      type: "string",
      value: person?.countryCode ?? null,
    },
    "current-government-id": {
      type: "government_id",
      value: hash("Document::GovernmentId", ids.documentId),
    },
    "current-selfie": {
      type: "selfie",
      value: hash("Selfie::ProfileAndCenter", ids.selfieId),
    },
  };
}

/** The behavior signals; none is counted before the start. */
function behaviors(person: Person | null): JsonObject {
  const count = (value: number) => person === null ? null : value;
  return {
    "autofill-cancels": count(0),
    "autofill-starts": count(1),
    "behavior-threat-level": person === null ? null : "low",
    "bot-score": count(2),
    "completion-time": count(356.496),
    "debugger-attached": false,
    "devtools-open": false,
    "distraction-events": count(3),
    "hesitation-baseline": count(48_211),
    "hesitation-count": count(2),
    "hesitation-percentage": count(14.27),
    "hesitation-time": count(6_880),
    "request-spoof-attempts": count(0),
    "shortcut-copies": count(0),
    "shortcut-pastes": count(1),
    "user-agent-spoof-attempts": count(0),
  };
}

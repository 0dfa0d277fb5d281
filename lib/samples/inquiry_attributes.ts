import type { JsonObject } from "../json/json.ts";
import type { SampleContext } from "./context.ts";
import { type Person, personFields } from "./person.ts";

const DAY_SECONDS = 86_400;

/** The behavior signals; none is counted before the start. */
const BEHAVIORS = {
  "autofill-cancels": 0,
  "autofill-starts": 1,
  "behavior-threat-level": "low",
  "bot-score": 2,
  "completion-time": 356.496,
  "distraction-events": 3,
  "hesitation-baseline": 48_211,
  "hesitation-count": 2,
  "hesitation-percentage": 14.27,
  "hesitation-time": 6_880,
  "request-spoof-attempts": 0,
  "shortcut-copies": 0,
  "shortcut-pastes": 1,
  "user-agent-spoof-attempts": 0,
};

/** A stage in the life of an inquiry; null is for what has not happened yet. */
type Stage = readonly [
  status: string,
  createdSecondsBefore: number,
  startedSecondsBefore: number | null,
  completedSecondsBefore: number | null,
  verified: "passed" | "failed" | null,
];

/** Stages by action (Persona docs: Inquiries, lifecycle). */
const STAGES: ReadonlyMap<string, Stage> = new Map<string, Stage>([
  ["created", ["created", 0, null, null, null]],
  ["started", ["pending", 14, 0, null, null]],
  ["transitioned", ["pending", 14, 8, null, null]],
  ["expired", ["expired", DAY_SECONDS, DAY_SECONDS - 14, null, null]],
  ["failed", ["failed", 372.118, 358.402, null, "failed"]],
  ["approved", ["approved", 372.118, 358.402, 1.906, "passed"]],
  ["declined", ["declined", 372.118, 358.402, 1.906, "failed"]],
  ["marked-for-review", ["needs_review", 372.118, 358.402, 1.906, "passed"]],
  ["redacted", ["approved", 372.118, 358.402, 1.906, "passed"]],
]);
const COMPLETED: Stage = ["completed", 372.118, 358.402, 0, "passed"];

/** Returns the times of an inquiry and the outcome of its document's verification. */
export function inquiryStage(action: string) {
  const [
    status,
    createdSecondsBefore,
    startedSecondsBefore,
    completedSecondsBefore,
    verified,
  ] = STAGES.get(action) ?? COMPLETED;
  return {
    status,
    createdSecondsBefore,
    startedSecondsBefore,
    completedSecondsBefore,
    verified,
  };
}

/** Makes the attributes that fit the action of the event. */
export function inquiryAttributes(
  context: SampleContext,
  ids: { readonly documentId: string; readonly selfieId: string },
): JsonObject {
  const { action, isRedacted, now } = context;
  const stage = inquiryStage(action);
  const isCaptured = stage.verified !== null;
  const person = isCaptured ? context.person : null;
  const at = (isReached: boolean) => isReached ? now : null;
  const isPast = stage.completedSecondsBefore !== null || action === "expired";
  return {
    status: stage.status,
    behaviors: isRedacted ? {} : behaviors(person),
    tags: isRedacted ? [] : ["SAMPLE", "INBOUND"],
    creator: "API",
    "created-at": context.ago(stage.createdSecondsBefore),
    "started-at": context.ago(stage.startedSecondsBefore),
    "expires-at": isPast
      ? null
      : context.ago(stage.createdSecondsBefore - DAY_SECONDS),
    "completed-at": context.ago(stage.completedSecondsBefore),
    "failed-at": at(action === "failed"),
    "marked-for-review-at": at(action === "marked-for-review"),
    "decisioned-at": at(["approved", "declined", "redacted"].includes(action)),
    "expired-at": at(action === "expired"),
    "previous-step-name": isCaptured ? "verification_selfie" : null,
    "next-step-name": isCaptured ? "success" : "start",
    ...person,
    fields: inquiryFields(person, ids),
  };
}

function inquiryFields(
  person: Person | null,
  ids: { readonly documentId: string; readonly selfieId: string },
): JsonObject {
  const capture = (type: string, id: string) => person && { id, type };
  return {
    ...personFields(person),
    "identification-class": { type: "string", value: person && "dl" },
    "selected-country-code": {
      type: "string",
      value: person?.["country-code"] ?? null,
    },
    "current-government-id": {
      type: "government_id",
      value: capture("Document::GovernmentId", ids.documentId),
    },
    "current-selfie": {
      type: "selfie",
      value: capture("Selfie::ProfileAndCenter", ids.selfieId),
    },
  };
}

function behaviors(person: Person | null): JsonObject {
  const counted = Object.entries(BEHAVIORS).map(([name, value]) =>
    [name, person && value] as const
  );
  return {
    ...Object.fromEntries(counted),
    "debugger-attached": false,
    "devtools-open": false,
  };
}

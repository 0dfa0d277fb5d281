/** A stage in the life of an inquiry. */
export interface InquiryStage {
  /** The inquiry's status. */
  readonly status: string;
  /** The age of the inquiry. */
  readonly createdSecondsBefore: number;
  /** The time since the person started; null if not yet. */
  readonly startedSecondsBefore: number | null;
  /** The time since the person finished; null if not yet. */
  readonly completedSecondsBefore: number | null;
  /** The outcome of the document's verification; null if there is none. */
  readonly verified: "passed" | "failed" | null;
}

const CREATED: InquiryStage = {
  status: "created",
  createdSecondsBefore: 0,
  startedSecondsBefore: null,
  completedSecondsBefore: null,
  verified: null,
};
const STARTED: InquiryStage = {
  ...CREATED,
  status: "pending",
  createdSecondsBefore: 14,
  startedSecondsBefore: 0,
};
const COMPLETED: InquiryStage = {
  status: "completed",
  createdSecondsBefore: 372.118,
  startedSecondsBefore: 358.402,
  completedSecondsBefore: 0,
  verified: "passed",
};
const DECIDED: InquiryStage = { ...COMPLETED, completedSecondsBefore: 1.906 };
const DAY: InquiryStage = {
  ...STARTED,
  createdSecondsBefore: 86_400,
  startedSecondsBefore: 86_386,
};

/** Stages by action (Persona docs: Inquiries, lifecycle); others are `completed`. */
const STAGES: ReadonlyMap<string, InquiryStage> = new Map([
  ["created", CREATED],
  ["started", STARTED],
  ["transitioned", { ...STARTED, startedSecondsBefore: 8 }],
  ["expired", { ...DAY, status: "expired" }],
  ["failed", {
    ...COMPLETED,
    status: "failed",
    completedSecondsBefore: null,
    verified: "failed",
  }],
  ["approved", { ...DECIDED, status: "approved" }],
  ["declined", { ...DECIDED, status: "declined", verified: "failed" }],
  ["marked-for-review", { ...DECIDED, status: "needs_review" }],
  ["redacted", { ...DECIDED, status: "approved" }],
]);

/**
 * Returns the stage of an inquiry.
 *
 * @param action The second part of the event name.
 */
export function inquiryStage(action: string): InquiryStage {
  return STAGES.get(action) ?? COMPLETED;
}

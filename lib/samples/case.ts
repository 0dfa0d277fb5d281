import type { SampleContext } from "./context.ts";
import { type SamplePayload, toMany, toOne } from "./resource.ts";

const DAY_SECONDS = 86_400;

/** The payload of `case.*`. */
export function casePayload(context: SampleContext): SamplePayload {
  const { action, isRedacted, now } = context;
  const isAssigned = action !== "created";
  const isResolved = action === "resolved" || isRedacted;
  const linked = (type: string) => ({ type, id: context.id(type) });
  return {
    data: {
      type: "case",
      id: context.objectId("case"),
      attributes: {
        status: isResolved ? "Closed" : "Open",
        name: isRedacted ? null : "Sample review",
        resolution: isResolved ? "Approved" : null,
        "created-at": context.ago(isAssigned ? DAY_SECONDS : 0),
        "updated-at": now,
        "assigned-at": isAssigned
          ? context.ago(action === "assigned" ? 0 : 3600)
          : null,
        "resolved-at": isResolved ? now : null,
        "sla-expires-at": context.ago(
          action === "sla-expired" ? 0 : -DAY_SECONDS,
        ),
        "creator-id": context.id("workflow-run"),
        "creator-type": "workflow-run",
        "assignee-id": isAssigned ? context.id("user") : null,
        fields: {
          "risk-score": { type: "integer", value: isRedacted ? null : 12 },
        },
      },
      relationships: {
        "case-queue": toOne("case-queue", context.id("case-queue")),
        accounts: toMany(linked("account")),
        inquiries: toMany(linked("inquiry")),
      },
    },
  };
}

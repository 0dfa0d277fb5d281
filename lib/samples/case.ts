import type { JsonObject } from "../json/json.ts";
import type { SampleContext } from "./context.ts";
import { type SamplePayload, toMany, toOne } from "./resource.ts";

const DAY_SECONDS = 86_400;

/** The payload of `case.*`. */
export function casePayload(context: SampleContext): SamplePayload {
  return {
    data: {
      type: "case",
      id: context.objectId("case"),
      attributes: caseAttributes(context),
      relationships: {
        "case-template": toOne("case-template", context.id("ctmpl")),
        "case-queue": toOne("case-queue", context.id("cq")),
        "case-comments": toMany(),
        accounts: toMany({ type: "account", id: context.id("act") }),
        inquiries: toMany({ type: "inquiry", id: context.id("inq") }),
        reports: toMany(),
        verifications: toMany(),
        txns: toMany(),
      },
    },
    included: [],
  };
}

function caseAttributes(context: SampleContext): JsonObject {
  const { action } = context;
  const isAssigned = action !== "created";
  const isResolved = action === "resolved" || action === "redacted";
  const now = context.secondsBefore(0);
  return {
    status: isResolved ? "Closed" : "Open",
    name: context.isRedacted ? null : "Sample review",
    resolution: isResolved ? "Approved" : null,
    "created-at": context.secondsBefore(isAssigned ? DAY_SECONDS : 0),
    "updated-at": now,
    "assigned-at": isAssigned
      ? context.secondsBefore(action === "assigned" ? 0 : 3600)
      : null,
    "resolved-at": isResolved ? now : null,
    "redacted-at": context.redactedAt,
    "sla-expires-at": context.secondsBefore(
      action === "sla-expired" ? 0 : -DAY_SECONDS,
    ),
    "creator-id": context.id("wfr"),
    "creator-type": "workflow-run",
    "assignee-id": isAssigned ? context.id("user") : null,
    "assigner-id": null,
    "assigner-type": null,
    "updater-id": null,
    "updater-type": null,
    tags: context.isRedacted ? [] : ["SAMPLE"],
    fields: {
      "risk-score": { type: "integer", value: context.isRedacted ? null : 12 },
    },
  };
}

import type { JsonObject } from "../json/json.ts";
import type { SampleContext } from "./context.ts";
import { contactAttributes } from "./person.ts";
import { reportQuery, reportResult } from "./report_parts.ts";
import { type SamplePayload, toOne } from "./resource.ts";

const LOOKUP_SECONDS = 4;

/** Statuses of the actions whose report is not `ready`. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ["submitted", "pending"],
  ["errored", "errored"],
]);

/** The payload of `report/….*`. */
export function reportPayload(context: SampleContext): SamplePayload {
  const type = reportType(context.kind);
  return {
    data: {
      type,
      id: context.objectId("rep"),
      attributes: reportAttributes(context),
      relationships: {
        inquiry: toOne("inquiry", context.id("inq")),
        account: toOne("account", context.id("act")),
        transaction: toOne("transaction", null),
        "report-template": toOne(
          type.replace("report/", "report-template/"),
          context.id("rptp"),
        ),
      },
    },
    included: [],
  };
}

/** A type equals the kind of its events, but for one (API reference, webhooks). */
function reportType(kind: string): string {
  return kind === "report/sentilink-scores"
    ? "report/integration/sentilink-scores"
    : kind;
}

function reportAttributes(context: SampleContext): JsonObject {
  const { action, kind, person } = context;
  const status = STATUSES.get(action) ?? "ready";
  const isReady = status === "ready";
  const hasMatch = action === "matched";
  const name = person ? `${person.nameFirst} ${person.nameLast}` : null;
  return {
    ...contactAttributes(person),
    term: kind.includes("business") ? "Sample Fictions Ltd" : name,
    query: reportQuery(context),
    ...reportResult(context, hasMatch),
    status,
    "created-at": context.secondsBefore(
      action === "submitted" ? 0 : LOOKUP_SECONDS,
    ),
    "completed-at": isReady ? context.secondsBefore(0) : null,
    "redacted-at": context.redactedAt,
    "report-template-version-name": `Sample ${kind}`,
    "has-match": isReady && hasMatch,
    "is-continuous": false,
    "is-recurring": false,
    tags: [],
  };
}

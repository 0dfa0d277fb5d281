import type { JsonObject } from "../json/json.ts";
import type { SampleContext } from "./context.ts";
import { fullName } from "./person.ts";
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
  const { kind } = context;
  // A type equals the kind of its events, but for one (API reference, webhooks).
  const type = kind === "report/sentilink-scores"
    ? "report/integration/sentilink-scores"
    : kind;
  const template = type.replace("report/", "report-template/");
  return {
    data: {
      type,
      id: context.objectId(type),
      attributes: reportAttributes(context),
      relationships: {
        "report-template": toOne(template, context.id(template)),
      },
    },
  };
}

function reportAttributes(context: SampleContext): JsonObject {
  const { action, kind, person } = context;
  const status = STATUSES.get(action) ?? "ready";
  const hasMatch = action === "matched";
  return {
    ...person,
    "identification-number": null,
    term: kind.includes("business") ? "Sample Fictions Ltd" : fullName(person),
    query: reportQuery(context),
    ...reportResult(context, hasMatch),
    status,
    "created-at": context.ago(action === "submitted" ? 0 : LOOKUP_SECONDS),
    "completed-at": status === "ready" ? context.now : null,
    "report-template-version-name": `Sample ${kind}`,
    "has-match": hasMatch,
  };
}

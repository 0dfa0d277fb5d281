/**
 * Sample: a report of any type.
 *
 * @module
 */

import type { JsonObject, JsonValue } from "../persona/json.ts";
import type { SampleContext } from "./context.ts";
import { type SamplePayload, toOne } from "./resource.ts";

const LOOKUP_SECONDS = 4;

/** Those that are not `ready`. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ["submitted", "pending"],
  ["errored", "errored"],
]);

/** The payload of `report/….*`. */
export function reportPayload(context: SampleContext): SamplePayload {
  const { action, kind } = context;
  const status = STATUSES.get(action) ?? "ready";
  const hasMatch = action === "matched";
  const isReady = status === "ready";
  return {
    data: {
      type: kind,
      id: context.objectId("rep"),
      attributes: {
        status,
        "created-at": context.secondsBefore(
          action === "submitted" ? 0 : LOOKUP_SECONDS,
        ),
        "completed-at": isReady ? context.secondsBefore(0) : null,
        "redacted-at": context.redactedAt,
        "report-template-version-name": `Sample ${kind}`,
        "has-match": isReady ? hasMatch : null,
        "is-continuous": false,
        tags: [],
        query: reportQuery(context),
        result: isReady ? reportResult(context, hasMatch) : null,
      },
      relationships: {
        inquiry: toOne("inquiry", context.id("inq")),
        account: toOne("account", context.id("act")),
        transaction: toOne("transaction", null),
        reviewer: toOne("reviewer", null),
        "report-template": toOne("report-template", context.id("rptp")),
      },
    },
    included: [],
  };
}

function reportQuery({ kind, person }: SampleContext): JsonObject {
  if (person === null) return {};
  if (kind.includes("business")) {
    return { "business-name": "Sample Fictions Ltd", "country-code": "US" };
  }
  return {
    "name-first": person.nameFirst,
    "name-last": person.nameLast,
    birthdate: person.birthdate,
    "country-code": person.countryCode,
  };
}

function reportResult(context: SampleContext, hasMatch: boolean): JsonValue {
  if (!hasMatch) {
    return { matches: [], "searched-at": context.secondsBefore(1) };
  }
  return {
    matches: [{
      id: context.id("hit"),
      source: "Sample list of nobody",
      score: 0.93,
      "matched-on": ["name-last", "birthdate"],
      url: "https://lists.example.com/nobody",
    }],
    "searched-at": context.secondsBefore(1),
  };
}

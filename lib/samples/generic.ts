/**
 * A plain sample for kinds of resource that have none of their own.
 *
 * @module
 */

import type { SampleContext } from "./context.ts";
import type { SamplePayload } from "./resource.ts";

const HOUR_SECONDS = 3600;

/** Invented: Persona's ids are opaque, and these prefixes help to read them. */
const ID_PREFIXES: ReadonlyMap<string, string> = new Map([
  ["account-property", "actp"],
  ["account-type", "acttp"],
  ["agent-conversation", "agcv"],
  ["authentication", "auth"],
  ["case-comment", "casec"],
  ["case-message", "casem"],
  ["case-template", "ctmpl"],
  ["checkpoint", "chk"],
  ["connect/share-token", "cnst"],
  ["filing", "fil"],
  ["graph-query", "gqry"],
  ["importer-pipeline-run", "mprtr"],
  ["inquiry-template-version", "itmplv"],
  ["integration-log", "intl"],
  ["sar", "sar"],
  ["session", "sess"],
  ["transaction-type", "txntp"],
  ["user", "user"],
  ["workflow", "wfl"],
  ["workflow-run", "wfr"],
]);

/** The payload of an event of any kind. */
export function genericPayload(context: SampleContext): SamplePayload {
  const { action, kind } = context;
  return {
    data: {
      type: kind === "" ? "object" : kind,
      id: context.objectId(ID_PREFIXES.get(kind) ?? "obj"),
      attributes: {
        status: action === "" ? null : action.replaceAll("-", "_"),
        name: context.isRedacted ? null : `Sample ${kind}`,
        "created-at": context.secondsBefore(
          action === "created" ? 0 : HOUR_SECONDS,
        ),
        "updated-at": context.secondsBefore(0),
        "redacted-at": context.redactedAt,
      },
      relationships: {},
    },
    included: [],
  };
}

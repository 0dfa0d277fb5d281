import type { JsonObject } from "../json/json.ts";
import { DOCUMENTED_OBJECTS } from "../persona/generated/documented_objects.ts";
import type { SampleContext } from "./context.ts";
import type { SamplePayload } from "./resource.ts";

const HOUR_SECONDS = 3600;

/** Statuses of the events whose action is not itself a status. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ["case-template.deleted-field", "active"],
  ["graph-query.reran", "submitted"],
  ["importer-pipeline-run.resumed", "running"],
  ["importer-pipeline-run.started", "running"],
  ["inquiry-template-version.created", "draft"],
  ["workflow-run.created", "in_progress"],
  ["workflow-run.resumed", "in_progress"],
  ["workflow.published", "running"],
]);

/** Kinds whose payload has no list of included objects. */
const ALONE: ReadonlySet<string> = new Set(["graph-query", "transaction-type"]);

/** The payload of an event of any kind. */
export function genericPayload(context: SampleContext): SamplePayload {
  const { kind } = context;
  return {
    data: {
      type: kind === "" ? "object" : kind,
      id: context.objectId(kind),
      attributes: genericAttributes(context),
      relationships: {},
    },
    ...(ALONE.has(kind) && { included: null }),
  };
}

/** Attributes of many kinds; `fitResource()` keeps those that a kind has. */
function genericAttributes(context: SampleContext): JsonObject {
  const { action, kind } = context;
  if (action === "") return {};
  // `redeemed` of `inbound-redeemed`.
  const verb = action.replace(/^(?:in|out)bound-/, "");
  const now = context.now;
  const attributes: JsonObject = {
    status: STATUSES.get(`${kind}.${action}`) ?? verb.replaceAll("-", "_"),
    "created-at": context.ago(HOUR_SECONDS),
    "updated-at": now,
    [`${verb}-at`]: now,
  };
  if (kind === "connect/share-token") {
    attributes.direction = action.startsWith("inbound")
      ? "inbound"
      : "outbound";
    attributes["source-data"] = {
      type: "connect/source-data/account",
      id: context.id("account"),
      "peekable-attributes": { fields: {} },
    };
  }
  if (!Object.hasOwn(DOCUMENTED_OBJECTS, kind)) {
    attributes["redacted-at"] = context.redactedAt;
  }
  return attributes;
}

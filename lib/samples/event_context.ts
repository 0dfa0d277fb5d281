import type { EventName } from "../persona/event_names.ts";
import type { JsonObject } from "../json/json.ts";
import type { SampleContext } from "./context.ts";

/** Names that have a relation as their context (API reference, webhooks). */
const RELATION = /^(?:account|transaction)\.(?:added|removed)-relation$/;

/**
 * Creates the context that Persona documents for an event, keys in kebab case.
 *
 * @returns The context; undefined if events of this name have none.
 */
export function sampleEventContext(
  name: EventName,
  context: SampleContext,
): JsonObject | undefined {
  if (RELATION.test(name)) {
    return {
      "relation-schema-key": "sample-relation",
      "target-account-id": context.id("account"),
      "target-txn-id": null,
    };
  }
  if (name.endsWith(".updated-tags")) {
    return { "added-tags": ["SAMPLE"], "removed-tags": [] };
  }
  return context.kind === "workflow-run" ? {} : undefined;
}

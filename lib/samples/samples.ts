/**
 * Sample events for development and tests: realistic in shape and size, consistent
 * with their name, and about a fictitious person.
 *
 * ```ts
 * import { parseEvent, sampleEvent } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * const sample = sampleEvent("inquiry.declined", { inflection: "snake" });
 * const body = new TextEncoder().encode(JSON.stringify(sample));
 *
 * const result = parseEvent(body);
 * assertEquals(result.ok && result.event.name, "inquiry.declined");
 * ```
 *
 * @module
 */

import type { EventName } from "../persona/event_names.ts";
import { INFLECTIONS, inflectKeys } from "../persona/inflection.ts";
import { API_VERSIONS } from "../persona/generated/documented_objects.ts";
import type { JsonObject } from "../json/json.ts";
import {
  type ApiVersion,
  SampleContext,
  type SampleOptions,
} from "./context.ts";
import { samplePayload } from "./payload.ts";

/** Names that have a relation as their context (API reference, webhooks). */
const RELATION = /^(?:account|transaction)\.(?:added|removed)-relation$/;

export { API_VERSIONS };
export type { ApiVersion, SampleOptions };

/**
 * Creates a sample of an event. Every name of the catalog has one, whose object has
 * the attributes and relationships that Persona documents for the API version and
 * no others; a name of an unknown kind gets a plain object of that kind.
 *
 * Redacted objects carry no personal data, as Persona has erased it by then.
 *
 * @param name The event name.
 * @param options The given parts.
 * @returns The event as a JSON object of your own, to change and serialize.
 * @throws {RangeError} If `options.createdAt` is an invalid date, or the API version or
 *   the inflection is not one of those that there are.
 * @example Usage
 * ```ts
 * import { sampleEvent } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * const options = {
 *   createdAt: new Date("2024-02-15T23:48:17.732Z"),
 *   objectId: "rep_1",
 *   random: () => 0.5,
 * };
 * assertEquals(
 *   sampleEvent("report/watchlist.matched", options),
 *   sampleEvent("report/watchlist.matched", options),
 * );
 * ```
 */
export function sampleEvent(
  name: EventName,
  options: SampleOptions = {},
): JsonObject {
  const { apiVersion, inflection = "kebab" } = options;
  checkOneOf("apiVersion", apiVersion, API_VERSIONS);
  checkOneOf("inflection", inflection, INFLECTIONS);
  const event = eventOf(name, options);
  return inflection === "kebab" ? event : inflectKeys(event, inflection);
}

/**
 * Creates a sample with its keys in kebab case, and those of fields as they will be.
 *
 * @param ids The ids of a series, by role; it gets those that it does not have.
 */
export function eventOf(
  name: EventName,
  options: SampleOptions,
  ids?: Map<string, string>,
): JsonObject {
  const context = new SampleContext(name, options, ids);
  const eventContext = sampleEventContext(name, context);
  return {
    data: {
      type: "event",
      id: options.eventId ?? context.newId("event"),
      attributes: {
        name,
        "created-at": context.now,
        payload: samplePayload(context),
        ...(eventContext && { context: eventContext }),
      },
    },
  };
}

function checkOneOf(
  option: string,
  value: string | undefined,
  known: readonly string[],
): void {
  if (value === undefined || known.includes(value)) return;
  throw new RangeError(
    `Cannot make a sample as ${option} must be one of ${
      known.join(", ")
    }: current value is ${value}`,
  );
}

/**
 * Creates the context that Persona documents for an event, keys in kebab case.
 *
 * @returns The context; undefined if events of this name have none.
 */
function sampleEventContext(
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

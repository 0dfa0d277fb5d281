/**
 * Events to try things out with: realistic in shape and size, coherent with
 * their name, and about people who do not exist.
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
import { type Inflection, inflectKeys } from "../persona/inflection.ts";
import type { JsonObject } from "../persona/json.ts";
import { type ApiVersion, SampleContext } from "./context.ts";
import { sampleEventContext } from "./event_context.ts";
import { samplePayload } from "./payload.ts";

export { API_VERSIONS } from "../persona/generated/documented_objects.ts";
export type { ApiVersion };

/** The parts of a sample that are given; all else is invented. */
export interface SampleOptions {
  /** The API version of the webhook; the newest of {@linkcode API_VERSIONS} unless said. */
  readonly apiVersion?: ApiVersion | undefined;
  /** The spelling of the keys; `kebab` unless said. */
  readonly inflection?: Inflection | undefined;
  /** When the event happened; now unless said. */
  readonly createdAt?: Date | undefined;
  /** The id of the event. */
  readonly eventId?: string | undefined;
  /** The id of the object, so that several events can be about one. */
  readonly objectId?: string | undefined;
  /** The customer's own id of the person, for objects that have one. */
  readonly referenceId?: string | undefined;
  /** From 0 up to but not including 1; the system's unless said. */
  readonly random?: (() => number) | undefined;
}

/**
 * Makes a sample of an event. Every name of the catalogue has one, whose object has
 * the attributes and relationships that Persona documents for the API version and
 * no others; a name of an unknown kind gets a plain object of that kind.
 *
 * Redacted objects carry no personal data, as Persona has erased it by then.
 *
 * @param name The event name.
 * @param options The parts that are given.
 * @returns The event as a JSON object, to be changed at will and serialised.
 * @throws {RangeError} If `options.createdAt` is an invalid date.
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
  const context = new SampleContext(name, options);
  const eventContext = sampleEventContext(name, context);
  const event: JsonObject = {
    data: {
      type: "event",
      id: options.eventId ?? context.id("evt"),
      attributes: {
        name,
        "created-at": context.secondsBefore(0),
        payload: samplePayload(context),
        ...(eventContext && { context: eventContext }),
      },
    },
  };
  const { inflection = "kebab" } = options;
  return inflection === "kebab" ? event : inflectKeys(event, inflection);
}

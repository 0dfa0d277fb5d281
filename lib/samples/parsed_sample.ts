/**
 * Sample events for tests of event handlers.
 *
 * ```ts
 * import { parsedSample } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const event = parsedSample("inquiry.approved", { referenceId: "user-1" });
 * assertEquals(event.object?.attributes.referenceId, "user-1");
 * ```
 *
 * @module
 */

import { parseEvent, type PersonaEvent } from "../persona/event.ts";
import type { EventName } from "../persona/event_names.ts";
import { sampleEvent, type SampleOptions } from "./samples.ts";

/**
 * Creates a sample of an event as a handler gets it, see `sampleEvent()`.
 *
 * @param name The event name.
 * @param options The given parts.
 * @returns The event, typed by its name.
 * @throws {RangeError} If an option is not one of the values that it can have.
 * @example A test of a handler
 * ```ts
 * import { parsedSample, type PersonaEvent } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * function onDeclined(event: PersonaEvent<"inquiry.declined">): string {
 *   return `${event.object?.id} was ${event.object?.attributes.status}`;
 * }
 *
 * const event = parsedSample("inquiry.declined", { objectId: "inq_1" });
 * assertEquals(onDeclined(event), "inq_1 was declined");
 * ```
 */
export function parsedSample<Name extends EventName>(
  name: Name,
  options: SampleOptions = {},
): PersonaEvent<Name> {
  const body = JSON.stringify(sampleEvent(name, options));
  const result = parseEvent(new TextEncoder().encode(body));
  if (!result.ok) {
    throw new RangeError(
      `Cannot use ${JSON.stringify(name)} as an event name: ${result.reason}`,
    );
  }
  return result.event as PersonaEvent<Name>;
}

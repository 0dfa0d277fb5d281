/**
 * An event, read from the bytes of a delivery.
 *
 * ```ts
 * import {
 *   isEvent,
 *   parseEvent,
 *   sampleEvent,
 * } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * const body = JSON.stringify(sampleEvent("inquiry.approved"));
 * const result = parseEvent(new TextEncoder().encode(body));
 *
 * if (result.ok && isEvent(result.event, "inquiry.*")) {
 *   assertEquals(result.event.object?.attributes.status, "approved");
 * }
 * ```
 *
 * @module
 */

import { type Envelope, readEnvelope } from "./envelope.ts";
import type { EventName } from "./event_names.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { matchesGlob, type NameMatching } from "./name_glob.ts";
import { readObject, readObjects } from "./object_reader.ts";
import type { ObjectFor, PersonaObject, UnknownObject } from "./objects.ts";

/** What every event has, whatever its name. */
export interface PersonaEventBase {
  /** The same in every copy of the event: `evt_…`. */
  readonly id: string;
  /**
   * When it happened; deliveries arrive in any order (Persona docs: Webhooks,
   * ordering). Null when absent or no ISO 8601 time with a zone: order then
   * falls back to the time the event was received.
   */
  readonly createdAt: Date | null;
  /** Further objects that came along. */
  readonly included: readonly PersonaObject[];
  /** The body exactly as received. */
  readonly raw: Uint8Array;
}

/**
 * Something that happened, as Persona tells it. `name` is such as
 * `inquiry.approved`, and `object` what the event is about, its keys in camel
 * case, or null if the event does not say.
 *
 * An intersection, as an interface would be invariant in `Name`: an event of
 * one name could not be passed where any event is taken.
 */
export type PersonaEvent<Name extends EventName = EventName> =
  & PersonaEventBase
  & { readonly name: Name; readonly object: ObjectFor<Name> | null };

/** An event, or why there is none. */
export type ParseResult =
  | { readonly ok: true; readonly event: PersonaEvent }
  | { readonly ok: false; readonly reason: "not-json" | "not-an-event" };

/**
 * Reads an event, in whichever inflection. Takes any name, type and status and
 * any attribute missing (Persona docs: Webhooks, event envelope).
 *
 * An event has `data.type` `event`, and an id and a name of at most 255
 * characters, none of them a control character; without a payload it is an event
 * about nothing, rather than lost. Bytes that are not UTF-8 are not JSON (RFC 8259); a byte-order
 * mark before JSON is passed over. Objects are converted when first read.
 *
 * `console.log` of an event shows its id, name and time, and no personal data.
 *
 * @param raw The body of a delivery; keep it unchanged while the event is used.
 * @returns The event, or the reason why there is none; never throws.
 * @example Usage
 * ```ts
 * import { parseEvent } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseEvent(new TextEncoder().encode("{}")), {
 *   ok: false,
 *   reason: "not-an-event",
 * });
 * ```
 */
export function parseEvent(raw: Uint8Array): ParseResult {
  const result = readEnvelope(raw);
  if (!result.ok) return result;
  return { ok: true, event: new ParsedEvent(raw, result.envelope) };
}

/**
 * Tells whether an event has a name, or one that matches a glob, and narrows
 * its type accordingly.
 *
 * @param event An event.
 * @param glob An event name or a glob, see {@linkcode matchesGlob}.
 * @returns Whether the name of `event` matches.
 * @example Usage
 * ```ts
 * import { isEvent, type PersonaEvent } from "@persona-inbox/persona-inbox";
 *
 * function handle(event: PersonaEvent) {
 *   if (isEvent(event, "report/*")) {
 *     console.log(event.object?.attributes.hasMatch);
 *   }
 * }
 * ```
 */
export function isEvent<Glob extends EventName>(
  event: PersonaEvent,
  glob: string extends Glob ? never : Glob,
): event is PersonaEvent<NameMatching<Glob>>;
export function isEvent(event: PersonaEvent, glob: EventName): boolean;
export function isEvent(event: PersonaEvent, glob: EventName): boolean {
  return matchesGlob(glob, event.name);
}

class ParsedEvent implements PersonaEvent {
  readonly id: string;
  readonly name: EventName;
  readonly createdAt: Date | null;
  readonly #raw: Uint8Array;
  #payload: JsonObject | undefined;
  #object: UnknownObject | null | undefined;
  #included: readonly UnknownObject[] | undefined;

  constructor(raw: Uint8Array, { id, name, createdAtMs }: Envelope) {
    this.id = id;
    this.name = name;
    this.createdAt = createdAtMs === null ? null : new Date(createdAtMs);
    this.#raw = raw;
  }

  get object(): UnknownObject | null {
    if (this.#object === undefined) {
      this.#object = readObject(this.#parsePayload().data);
    }
    return this.#object;
  }

  get included(): readonly UnknownObject[] {
    return this.#included ??= readObjects(this.#parsePayload().included);
  }

  get raw(): Uint8Array {
    return this.#raw;
  }

  /** The tree costs more than all else, and many readers never look at it. */
  #parsePayload(): JsonObject {
    return this.#payload ??= payloadOf(
      JSON.parse(new TextDecoder().decode(this.#raw)),
    );
  }
}

/** The payload of a body that is known to be an event. */
function payloadOf(body: JsonValue): JsonObject {
  const data = isJsonObject(body) ? body.data : undefined;
  const attributes = isJsonObject(data) ? data.attributes : undefined;
  const payload = isJsonObject(attributes) ? attributes.payload : undefined;
  return isJsonObject(payload) ? payload : {};
}

/**
 * Events, parsed from the bytes of a delivery.
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
import type { EventName, KnownEventName } from "./event_names.ts";
import { camelKeys } from "./inflection.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import { matchesGlob, type NameMatching } from "./name_glob.ts";
import type { OwnEventName } from "./own_events.ts";
import { readObject, readObjects } from "./object_reader.ts";
import type {
  ContextFor,
  KnownObjectType,
  ObjectFor,
  ObjectOf,
  ObjectType,
  PersonaObject,
} from "./objects.ts";
import type { UnknownObject } from "./resource.ts";
import type { CheckedName } from "./checked_name.ts";

/** The parts that every event has, whatever its name. */
export interface PersonaEventBase {
  /** The same in every copy of the event: `evt_…`. */
  readonly id: string;
  /**
   * The time of the event; deliveries arrive in any order (Persona docs: Webhooks,
   * ordering). Null if absent or not an ISO 8601 time with a zone: order then falls
   * back to the time of receipt.
   */
  readonly createdAt: Date | null;
  /** Other objects that came along, see {@linkcode includedOf}. */
  readonly included: readonly PersonaObject[];
  /**
   * The body exactly as received: the exact form of numbers that JavaScript rounds, and
   * what to keep or send on, as a copy of an event such as `{ ...event }` or
   * `JSON.stringify(event)` lacks its objects.
   */
  readonly raw: Uint8Array;
}

/**
 * An event, as Persona reports it. `name` is such as `inquiry.approved`; `object`
 * is what the event is about and `context` what it tells beside, such as the tags
 * that were added: their keys are in camel case, and both are null if the event
 * has none.
 *
 * An intersection, as an interface would be invariant in `Name`: an event of
 * one name could not be passed where any event is taken.
 */
export type PersonaEvent<Name extends EventName = EventName> =
  & PersonaEventBase
  & {
    readonly name: Name;
    readonly object: ObjectFor<Name> | null;
    readonly context: ContextFor<Name> | null;
  };

/** An event, or the reason why there is none. */
export type ParseResult =
  | { readonly ok: true; readonly event: PersonaEvent }
  | { readonly ok: false; readonly reason: "not-json" | "not-an-event" };

/**
 * Parses an event in any inflection. Unknown names, types, statuses and attributes
 * are accepted, and so are missing ones (Persona docs: Webhooks, event envelope).
 *
 * An event has `data.type` `event`, and an id and a name of at most 255 characters
 * without control characters; one without a payload is an event about no object.
 * Bytes that are not UTF-8 are not JSON (RFC 8259); a leading byte-order mark is
 * skipped. Objects are converted when first read.
 *
 * `console.log` of an event shows its id, name and time, and no personal data.
 *
 * @param raw The body of a delivery; do not change it while the event is in use.
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
 * Returns whether an event has a name, or one that matches a glob, and narrows
 * its type accordingly. A misspelled name is a type error where its first part is
 * known; write `name as string` for one that is documented nowhere.
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
export function isEvent<Name extends KnownEventName | OwnEventName>(
  event: PersonaEvent,
  name: Name,
): event is PersonaEvent<Name>;
export function isEvent<Glob extends EventName>(
  event: PersonaEvent,
  glob: string extends Glob ? never
    : CheckedName<Glob, KnownEventName | OwnEventName>,
): event is PersonaEvent<NameMatching<Glob>>;
export function isEvent<Glob extends EventName>(
  event: PersonaEvent,
  glob: string extends Glob ? Glob : never,
): boolean;
export function isEvent(event: PersonaEvent, glob: EventName): boolean {
  return matchesGlob(glob, event.name);
}

/**
 * Returns the objects that came along with an event and are of a type, or of one
 * that a glob matches.
 *
 * @param event An event.
 * @param type A type or a glob, see {@linkcode matchesGlob}.
 * @returns The objects in their order.
 * @example Usage
 * ```ts
 * import {
 *   includedOf,
 *   parseEvent,
 *   sampleEvent,
 * } from "@persona-inbox/persona-inbox/persona";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const sample = JSON.stringify(sampleEvent("inquiry.approved"));
 * const result = parseEvent(new TextEncoder().encode(sample));
 *
 * assert(result.ok);
 * assertEquals(
 *   includedOf(result.event, "verification/*").map(({ attributes }) => attributes.status),
 *   ["passed", "passed"],
 * );
 * ```
 */
export function includedOf<Type extends ObjectType>(
  event: PersonaEventBase,
  type: string extends Type ? never : CheckedName<Type, KnownObjectType>,
): ObjectOf<Type>[];
export function includedOf<Type extends ObjectType>(
  event: PersonaEventBase,
  type: string extends Type ? Type : never,
): PersonaObject[];
export function includedOf(
  event: PersonaEventBase,
  type: string,
): PersonaObject[] {
  return event.included.filter((object) => matchesGlob(type, object.type));
}

class ParsedEvent implements PersonaEvent {
  readonly id: string;
  readonly name: EventName;
  readonly createdAt: Date | null;
  readonly #raw: Uint8Array;
  #attributes: JsonObject | undefined;
  #context: JsonObject | null | undefined;
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
      this.#object = readObject(this.#payload.data);
    }
    return this.#object;
  }

  get included(): readonly UnknownObject[] {
    return this.#included ??= readObjects(this.#payload.included);
  }

  get context(): JsonObject | null {
    if (this.#context === undefined) {
      const { context } = this.#parseAttributes();
      this.#context = isJsonObject(context) ? camelKeys(context) : null;
    }
    return this.#context;
  }

  get raw(): Uint8Array {
    return this.#raw;
  }

  get #payload(): JsonObject {
    const { payload } = this.#parseAttributes();
    return isJsonObject(payload) ? payload : {};
  }

  /** Deferred: parsing costs most, and many readers never need it. */
  #parseAttributes(): JsonObject {
    return this.#attributes ??= attributesOf(
      JSON.parse(new TextDecoder().decode(this.#raw)),
    );
  }
}

/** Returns the attributes of a body that is known to be an event. */
function attributesOf(body: JsonValue): JsonObject {
  const data = isJsonObject(body) ? body.data : undefined;
  const attributes = isJsonObject(data) ? data.attributes : undefined;
  return isJsonObject(attributes) ? attributes : {};
}

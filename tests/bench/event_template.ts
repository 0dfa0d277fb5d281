/**
 * Events for load, each with ids of its own: one sample of the catalogue, copied.
 * To make every event from scratch would take longer than to measure them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { EventName } from "../../lib/persona/event_names.ts";
import type { JsonObject } from "../../lib/json/json.ts";
import { sampleEvent } from "../../lib/samples/samples.ts";

/** What the load is about. */
export const EVENT_NAME: EventName = "inquiry.approved";

/** The ids that tell one event of the load from another. */
export interface EventIds {
  readonly eventId: string;
  readonly objectId: string;
}

const ALPHABET =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_LENGTH = 24;
const EVENT_PLACEHOLDER = `evt_${"0".repeat(RANDOM_LENGTH)}`;
const OBJECT_PLACEHOLDER = `inq_${"0".repeat(RANDOM_LENGTH)}`;

/** Ids as random as Persona's: ids in order would be kinder to an index. */
export function freshIds(): EventIds {
  return { eventId: freshId("evt"), objectId: freshId("inq") };
}

function freshId(prefix: string): string {
  let id = `${prefix}_`;
  for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_LENGTH))) {
    id += ALPHABET[byte % ALPHABET.length];
  }
  return id;
}

/** A body of 6.5 kB in which the ids can be set. */
export class EventTemplate {
  readonly #bytes = Buffer.from(JSON.stringify(sample()));
  readonly #eventIdAt = positions(this.#bytes, EVENT_PLACEHOLDER);
  readonly #objectIdAt = positions(this.#bytes, OBJECT_PLACEHOLDER);
  readonly #encoder = new TextEncoder();

  /** Of the body, in bytes. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Copies the body to where it is wanted and sets its ids. */
  write(target: Uint8Array, ids: EventIds): void {
    target.set(this.#bytes);
    this.setIds(target, ids);
  }

  /** Sets other ids in a body that was written before. */
  setIds(target: Uint8Array, ids: EventIds): void {
    for (const at of this.#eventIdAt) {
      this.#encoder.encodeInto(ids.eventId, target.subarray(at));
    }
    for (const at of this.#objectIdAt) {
      this.#encoder.encodeInto(ids.objectId, target.subarray(at));
    }
  }
}

/** The account that comes along is left out, as the size to measure with is 6.5 kB. */
function sample(): JsonObject {
  const event = sampleEvent(EVENT_NAME, {
    eventId: EVENT_PLACEHOLDER,
    objectId: OBJECT_PLACEHOLDER,
    createdAt: new Date("2026-01-15T12:00:00.000Z"),
    random: () => 0.5,
  });
  return JSON.parse(
    JSON.stringify(event),
    (key, value) =>
      key === "included" && Array.isArray(value)
        ? value.filter((resource) => resource.type !== "account")
        : value,
  );
}

function positions(bytes: Buffer, text: string): number[] {
  const found: number[] = [];
  let at = bytes.indexOf(text);
  while (at !== -1) {
    found.push(at);
    at = bytes.indexOf(text, at + text.length);
  }
  return found;
}

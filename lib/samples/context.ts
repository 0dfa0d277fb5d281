// The context of a sample: the name, clock, ids and person that its parts share.

import { systemClock } from "../clock.ts";
import { type EventName, splitEventName } from "../persona/event_names.ts";
import {
  type API_VERSIONS,
  NEWEST_API_VERSION,
} from "../persona/generated/documented_objects.ts";
import type { Inflection } from "../persona/inflection.ts";
import { idPrefixOf } from "./id_prefix.ts";
import { type Person, SAMPLE_PERSON } from "./person.ts";

const ID_LETTERS =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LENGTH = 24;

/** An API version whose specification Persona publishes, such as `2025-12-08`. */
export type ApiVersion = typeof API_VERSIONS[number];

/** Options of a sample; everything else is invented. */
export interface SampleOptions {
  /** The API version of the webhook; by default the newest of `API_VERSIONS`. */
  readonly apiVersion?: ApiVersion | undefined;
  /** The inflection of the keys; `kebab` by default. */
  readonly inflection?: Inflection | undefined;
  /** The time of the event; now by default. */
  readonly createdAt?: Date | undefined;
  /** The id of the event. */
  readonly eventId?: string | undefined;
  /** The id of the object, so that several events can be about one. */
  readonly objectId?: string | undefined;
  /** The customer's own id of the person, for objects that have one. */
  readonly referenceId?: string | undefined;
  /** Returns numbers from 0 up to, but not including, 1; the system's by default. */
  readonly random?: (() => number) | undefined;
}

/** The context of one sample. */
export class SampleContext {
  /** The API version of the webhook. */
  readonly apiVersion: ApiVersion;
  /** The inflection of the keys. */
  readonly inflection: Inflection;
  /** The first part of the event name, such as `inquiry`. */
  readonly kind: string;
  /** The second part of the event name, such as `approved`. */
  readonly action: string;
  /** The customer's own id of the person. */
  readonly referenceId: string;
  /** The person that the event is about; null once redacted. */
  readonly person: Person | null;
  readonly #atMs: number;
  readonly #objectId: string | undefined;
  readonly #random: () => number;
  readonly #ids: Map<string, string> | undefined;

  /** @param ids The ids of a series, by role; it gets those that it does not have. */
  constructor(
    name: EventName,
    options: SampleOptions,
    ids?: Map<string, string>,
  ) {
    this.#ids = ids;
    const { kind, action } = splitEventName(name);
    this.apiVersion = options.apiVersion ?? NEWEST_API_VERSION;
    this.inflection = options.inflection ?? "kebab";
    this.kind = kind;
    this.action = action;
    this.#random = options.random ?? systemRandom();
    this.#atMs = options.createdAt?.getTime() ?? systemClock.nowMs();
    this.#objectId = options.objectId;
    this.referenceId = options.referenceId ?? `user-${this.#letters(8)}`;
    this.person = this.isRedacted ? null : SAMPLE_PERSON;
  }

  /** Is true once Persona has erased the object's personal data. */
  get isRedacted(): boolean {
    return this.action === "redacted";
  }

  /** The time when the object was redacted; null if it was not. */
  get redactedAt(): string | null {
    return this.isRedacted ? this.now : null;
  }

  /**
   * Returns the id of an object: in a series always the same.
   *
   * @param role Tells it from others of its type.
   */
  id(type: string, role = type): string {
    const id = this.#ids?.get(role) ?? this.newId(type);
    this.#ids?.set(role, id);
    return id;
  }

  /** Returns a new id for a type: its prefix, `_` and 24 letters and digits. */
  newId(type: string): string {
    return `${idPrefixOf(type)}_${this.#letters(ID_LENGTH)}`;
  }

  /** Returns the id of the object that the event is about. */
  objectId(type: string): string {
    return this.#objectId ?? this.id(type);
  }

  /** The time of the event. */
  get now(): string {
    return this.ago(0);
  }

  /** Returns the time that many seconds before the event; null for null. */
  ago(seconds: number): string;
  ago(seconds: number | null): string | null;
  ago(seconds: number | null): string | null {
    return seconds === null
      ? null
      : new Date(this.#atMs - seconds * 1000).toISOString();
  }

  #letters(count: number): string {
    return Array.from(
      { length: count },
      () => ID_LETTERS.charAt(Math.floor(this.#random() * ID_LETTERS.length)),
    ).join("");
  }
}

/** Draws the system's random numbers in blocks, as each call is slow. */
function systemRandom(): () => number {
  const numbers = new Uint32Array(256);
  let next = numbers.length;
  return () => {
    if (next === numbers.length) {
      crypto.getRandomValues(numbers);
      next = 0;
    }
    return (numbers[next++] ?? 0) / 2 ** 32;
  };
}

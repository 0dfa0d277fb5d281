/**
 * What the parts of one sample share: its name, clock, ids and person.
 *
 * @module
 */

import { systemClock } from "../clock.ts";
import { type EventName, splitEventName } from "../persona/event_names.ts";
import {
  type API_VERSIONS,
  NEWEST_API_VERSION,
} from "../persona/generated/documented_objects.ts";
import { type Person, SAMPLE_PERSON } from "./person.ts";

const ID_LETTERS =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LENGTH = 24;

/** An API version whose specification Persona publishes, such as `2025-12-08`. */
export type ApiVersion = typeof API_VERSIONS[number];

/** The choices that a sample is made from, see `SampleOptions`. */
export interface SampleChoices {
  /** The API version of the webhook. */
  readonly apiVersion?: ApiVersion | undefined;
  /** When the event happened. */
  readonly createdAt?: Date | undefined;
  /** The id of the object. */
  readonly objectId?: string | undefined;
  /** The customer's own id of the person. */
  readonly referenceId?: string | undefined;
  /** From 0 up to but not including 1. */
  readonly random?: (() => number) | undefined;
}

/** One sample in the making. */
export class SampleContext {
  /** The API version of the webhook. */
  readonly apiVersion: ApiVersion;
  /** The first part of the event name, such as `inquiry`. */
  readonly kind: string;
  /** The second part of the event name, such as `approved`. */
  readonly action: string;
  /** The customer's own id of the person. */
  readonly referenceId: string;
  /** Whom the event is about; null once redacted. */
  readonly person: Person | null;
  readonly #atMs: number;
  readonly #objectId: string | undefined;
  readonly #random: () => number;

  /**
   * @param name The event name.
   * @param choices What is fixed.
   */
  constructor(name: EventName, choices: SampleChoices) {
    const { kind, action } = splitEventName(name);
    this.apiVersion = choices.apiVersion ?? NEWEST_API_VERSION;
    this.kind = kind;
    this.action = action;
    this.#random = choices.random ?? systemRandom();
    this.#atMs = choices.createdAt?.getTime() ?? systemClock.nowMs();
    this.#objectId = choices.objectId;
    this.referenceId = choices.referenceId ?? `user-${this.#letters(8)}`;
    this.person = this.isRedacted ? null : SAMPLE_PERSON;
  }

  /** Whether Persona has erased the object's personal data. */
  get isRedacted(): boolean {
    return this.action === "redacted";
  }

  /** When the object was redacted, if it was. */
  get redactedAt(): string | null {
    return this.isRedacted ? this.secondsBefore(0) : null;
  }

  /** A fresh id with a prefix, such as `evt_` and 24 letters and digits. */
  id(prefix: string): string {
    return `${prefix}_${this.#letters(ID_LENGTH)}`;
  }

  /** The id of the object that the event is about. */
  objectId(prefix: string): string {
    return this.#objectId ?? this.id(prefix);
  }

  /** A point in time that many seconds before the event. */
  secondsBefore(seconds: number): string {
    return new Date(this.#atMs - seconds * 1000).toISOString();
  }

  #letters(count: number): string {
    return Array.from(
      { length: count },
      () => ID_LETTERS.charAt(Math.floor(this.#random() * ID_LETTERS.length)),
    ).join("");
  }
}

/** Asks the system for many numbers at once, since each asking is slow. */
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

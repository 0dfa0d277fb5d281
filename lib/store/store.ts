/**
 * What a store promises, whatever keeps it.
 *
 * - **Durable.** `accept()` answers `ok` only when the event would survive the
 *   loss of this process and of the machine's power.
 * - **Once.** An event id is stored once; later copies only count as duplicates.
 * - **Exact.** Bodies are kept byte for byte.
 * - **Whole.** An event is stored with everything that belongs to it, or not at all.
 * - **Honest.** When it cannot store it says so, takes nothing on trust, and works
 *   again as soon as the cause is gone.
 *
 * Times are milliseconds since the Unix epoch. `seq` is the order of arrival.
 *
 * @module
 */

import type { DeliveryHeaders } from "../persona/delivery_headers.ts";
import type { Envelope } from "../persona/envelope.ts";

/** The name under which signed JSON that is no event envelope is kept. */
export const UNRECOGNIZED = "unrecognized";

/** A delivery that is fit to be stored. */
export interface Delivery extends Envelope, DeliveryHeaders {
  readonly receivedAtMs: number;
  /** Tells the configured secrets apart; null when nothing was signed. */
  readonly secretFingerprint: string | null;
  readonly contentType: string | null;
  /** The raw body; left unchanged from here on. */
  readonly body: Uint8Array;
}

/** What came of storing a delivery. */
export type AcceptResult =
  | {
    readonly ok: true;
    /** Whether the event was there before. */
    readonly duplicate: boolean;
  }
  | {
    readonly ok: false;
    /** `overloaded`: too many deliveries wait; `failed`: the store is in trouble. */
    readonly reason: "overloaded" | "failed";
  };

/** Takes deliveries in. */
export interface Store {
  /** Stores a delivery; resolves only once it is durable. Never rejects. */
  accept(delivery: Delivery): Promise<AcceptResult>;
  /** Tells whether `accept()` would succeed now, by writing something. */
  probe(): Promise<boolean>;
  /** Finishes what was begun and lets go of the files. */
  close(): Promise<void>;
}

/** An event as it is listed. */
export interface EventRow extends Envelope, DeliveryHeaders {
  readonly receivedAtMs: number;
  readonly secretFingerprint: string | null;
  /** Copies that came after the first. */
  readonly duplicates: number;
}

/** An event with its body. */
export interface StoredEvent {
  readonly row: EventRow;
  readonly contentType: string | null;
  readonly body: Uint8Array;
}

/** Which events to list; all given conditions must hold. */
export interface EventFilter {
  /** Globs, one of which the event's name must match. */
  readonly names?: readonly string[];
  readonly objectId?: string;
  readonly receivedSinceMs?: number;
  readonly limit: number;
}

/** Looks events up; works beside a running store. */
export interface EventReader {
  /** Events that match, the latest arrival first. */
  list(filter: EventFilter): Iterable<EventRow>;
  /** One event and what was received. */
  get(id: string): StoredEvent | undefined;
  close(): void;
}

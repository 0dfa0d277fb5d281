/**
 * The latest events of each object that a destination has had: the index of objects
 * lags behind by some ten thousand events.
 *
 * @module
 */

import { isEarlierInLane } from "../lane_order.ts";

/** An event of an object that a destination has, and its place in the lane. */
export interface DeliveredEvent {
  readonly objectId: string;
  readonly orderMs: number;
  readonly seq: number;
}

/** More events than the store's index can lag behind. */
const EVENTS_MAX = 65_536;

/** Remembers what was delivered last. */
export class RecentDeliveries {
  /** By object, that which had nothing for longest first; places in the lane by seq. */
  readonly #objects = new Map<string, Map<number, number>>();
  #size = 0;

  /** Notes that an event was delivered. */
  add({ objectId, orderMs, seq }: DeliveredEvent): void {
    const events = this.#objects.get(objectId) ?? new Map<number, number>();
    this.#objects.delete(objectId);
    this.#objects.set(objectId, events);
    if (!events.has(seq)) this.#size++;
    events.set(seq, orderMs);
    if (this.#size > EVENTS_MAX) this.#removeOldest();
  }

  /** The newer events of the object that were delivered. */
  *newerThan(event: DeliveredEvent): Generator<number> {
    for (const [seq, orderMs] of this.#objects.get(event.objectId) ?? []) {
      if (isEarlierInLane(event, { seq, orderMs })) yield seq;
    }
  }

  #removeOldest(): void {
    for (const [objectId, events] of this.#objects) {
      for (const seq of events.keys()) {
        events.delete(seq);
        this.#size--;
        break;
      }
      if (events.size === 0) this.#objects.delete(objectId);
      return;
    }
  }
}

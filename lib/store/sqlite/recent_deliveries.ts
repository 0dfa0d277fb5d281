// The latest delivered events of each object, for one destination: the index of objects
// lags behind by some ten thousand events.

import { isEarlierInLane } from "../lane_order.ts";

/** A delivered event and its position in the lane. */
export interface DeliveredEvent {
  readonly objectId: string;
  readonly orderMs: number;
  readonly seq: number;
}

/** More events than the store's index can lag behind. */
const EVENTS_MAX = 65_536;

/** A bounded memory of the latest delivered events. */
export class RecentDeliveries {
  /** By object, least recent first; lane positions by `seq`. */
  readonly #objects = new Map<string, Map<number, number>>();
  #size = 0;

  /** Adds a delivered event. */
  add({ objectId, orderMs, seq }: DeliveredEvent): void {
    const events = this.#objects.get(objectId) ?? new Map<number, number>();
    this.#objects.delete(objectId);
    this.#objects.set(objectId, events);
    if (!events.has(seq)) this.#size++;
    events.set(seq, orderMs);
    if (this.#size > EVENTS_MAX) this.#removeOldest();
  }

  /** Yields delivered events of the object that are newer. */
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

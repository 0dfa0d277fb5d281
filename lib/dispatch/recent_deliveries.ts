/**
 * The newest event of each object that a destination has, as far as the store does
 * not tell yet: its index of objects lags behind by some ten thousand events.
 *
 * @module
 */

import type { Delivered } from "../store/store.ts";
import { comesEarlier } from "../store/lane_order.ts";

/** More objects than events that the store's index can lag behind. */
const OBJECTS_MAX = 65_536;

/** Remembers what was delivered last. */
export class RecentDeliveries {
  readonly #newest = new Map<string, Delivered>();

  /** Notes that an event was delivered. */
  add(delivered: Delivered): void {
    const { objectId } = delivered;
    const known = this.#newest.get(objectId);
    this.#newest.delete(objectId); // To the end: the first ones are forgotten.
    const isNewest = !known || comesEarlier(known, delivered);
    this.#newest.set(objectId, isNewest ? delivered : known);
    if (this.#newest.size <= OBJECTS_MAX) return;
    for (const first of this.#newest.keys()) {
      this.#newest.delete(first);
      break;
    }
  }

  /** Whether a newer event of the object was delivered. */
  hasNewer(event: Delivered): boolean {
    const known = this.#newest.get(event.objectId);
    return known !== undefined && comesEarlier(event, known);
  }
}

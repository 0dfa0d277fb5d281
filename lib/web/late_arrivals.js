// Events of an object that arrived out of order, as Persona warns they may.

/** @import { Row } from "../views/api_types.ts" */

/**
 * Finds the events that arrived after one that was created later.
 *
 * @param {readonly Pick<Row, "id" | "seq">[]} events Oldest first, by creation.
 * @returns {Set<string>} Their ids.
 */
export function lateArrivals(events) {
  const late = new Set();
  let earliest = Infinity;
  for (const { id, seq } of events.toReversed()) {
    if (seq > earliest) late.add(id);
    earliest = Math.min(earliest, seq);
  }
  return late;
}

// The order in a lane: by created-at, then by arrival.

import type { PendingDispatch } from "./outbox.ts";

/** An event's position in its lane. */
export type LanePosition = Pick<PendingDispatch, "orderMs" | "seq">;

/** Returns whether `a` goes before `b`. */
export function isEarlierInLane(a: LanePosition, b: LanePosition): boolean {
  return a.orderMs === b.orderMs ? a.seq < b.seq : a.orderMs < b.orderMs;
}

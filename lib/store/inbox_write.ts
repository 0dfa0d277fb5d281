// What the receiving side of a store writes, and what it means for others.

import type { AcceptResult, Delivery, Requeue, StoreChange } from "./store.ts";

/** Bytes of a waiting delivery beside its body. */
const DELIVERY_BYTES = 1_024;

/** A delivery with its destinations, or a requeue. */
export type InboxWrite =
  | { readonly delivery: Delivery; readonly destinations: readonly string[] }
  | { readonly requeue: Requeue };

/** The result of a write; undefined for requeues. */
export type InboxResult = Extract<AcceptResult, { ok: true }> | undefined;

/** Returns the bytes of a waiting write: many small ones must not take much. */
export function bytesOf(write: InboxWrite): number {
  return "requeue" in write ? 0 : DELIVERY_BYTES + write.delivery.body.length;
}

/** The news of a durable batch; undefined if no dispatch became pending. */
export function changeOf(
  batch: readonly InboxWrite[],
): StoreChange | undefined {
  let fromSeq = Infinity;
  let isPending = false;
  for (const write of batch) {
    if ("requeue" in write) {
      for (const { seq } of write.requeue.keys) {
        fromSeq = Math.min(fromSeq, seq);
      }
    } else if (write.destinations.length > 0) isPending = true;
  }
  if (fromSeq < Infinity) return { fromSeq };
  return isPending ? {} : undefined;
}

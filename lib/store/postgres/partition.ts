// Partitions: the share of a destination's lanes that one instance serves at a time.

import type { PendingDispatch } from "../outbox.ts";

/** Every store has so many; more instances for one destination would stand idle. */
export const PARTITIONS = 16;

/**
 * Returns the partition of a lane: an object's, or that of a dispatch without one.
 *
 * @returns A number from 0; undefined without an object, when it is `seq` modulo
 *   {@linkcode PARTITIONS}.
 */
export function partitionOfObject(objectId: string | null): number | undefined {
  if (objectId === null) return undefined;
  let hash = 0x811c9dc5; // FNV-1a, over UTF-16 units: it must never change.
  for (let i = 0; i < objectId.length; i++) {
    hash = Math.imul(hash ^ objectId.charCodeAt(i), 0x01000193);
  }
  return ((hash ^ hash >>> 16) >>> 0) % PARTITIONS;
}

/** Returns the partition of a dispatch. */
export function partitionOf(
  { objectId, seq }: Pick<PendingDispatch, "objectId" | "seq">,
): number {
  return partitionOfObject(objectId) ?? seq % PARTITIONS;
}

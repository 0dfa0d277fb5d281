/**
 * Deliveries for a store, without a server in between.
 *
 * @module
 */

import type { Delivery } from "../../lib/store/store.ts";
import { EVENT_NAME, EventTemplate, freshIds } from "./event_template.ts";

const template = new EventTemplate();

/** Makes deliveries of distinct events of 6.5 kB, as they come off the wire. */
export function deliveries(count: number): Delivery[] {
  return Array.from({ length: count }, () => {
    const ids = freshIds();
    const body = new Uint8Array(template.length);
    template.write(body, ids);
    return {
      id: ids.eventId,
      name: EVENT_NAME,
      objectType: "inquiry",
      objectId: ids.objectId,
      createdAtMs: 1_768_478_400_000,
      receivedAtMs: Date.now(),
      secretFingerprint: "0123abcd",
      attemptsMade: 1,
      attemptsLeft: 7,
      firstAttemptedAtMs: 1_768_478_400_000,
      contentType: "application/json; charset=utf-8",
      body,
    };
  });
}

import type { Dispatch } from "../../lib/destinations/destination.ts";
import { bytesOf, eventText } from "./signed_delivery.ts";

/** A dispatch that any destination takes, changed where it matters. */
export function dispatchOf(changes: Partial<Dispatch> = {}): Dispatch {
  const { eventId = "evt_1" } = changes;
  return {
    eventId,
    eventName: "inquiry.approved",
    objectId: "inq_1",
    contentType: "application/json",
    delivery: {
      attemptsMade: null,
      attemptsLeft: null,
      firstAttemptedAtMs: null,
    },
    body: bytesOf(eventText(eventId)),
    attempt: 1,
    isStale: false,
    isLatest: true,
    ...changes,
  };
}

/** A signal that never comes. */
export const NEVER: AbortSignal = new AbortController().signal;

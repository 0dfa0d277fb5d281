/**
 * A received event as it is logged, when it comes in and when it is looked at later.
 *
 * @module
 */

import { type LogEntry, toLoggable } from "../log.ts";
import type { Delivery } from "../store/store.ts";

/** What is told of an event; the body is not. */
export type ReceivedEvent = Pick<
  Delivery,
  | "id"
  | "name"
  | "objectType"
  | "objectId"
  | "createdAtMs"
  | "secretFingerprint"
  | "attemptsMade"
  | "attemptsLeft"
>;

/**
 * Makes the log entry of a received event.
 *
 * @param event What was received.
 * @param options The request that brought it, and whether it was there before, with another body.
 * @returns The entry.
 */
export function receivedEntry(
  event: ReceivedEvent,
  { requestId, duplicate, differs }: {
    requestId: string;
    duplicate: boolean;
    differs?: true | undefined;
  },
): Extract<LogEntry, { msg: "received" }> {
  const { attemptsMade, attemptsLeft, secretFingerprint } = event;
  return {
    msg: "received",
    requestId,
    eventId: toLoggable(event.id),
    eventName: toLoggable(event.name),
    objectType: toLoggable(event.objectType),
    objectId: toLoggable(event.objectId),
    signature: secretFingerprint === null ? "unsigned" : "verified",
    secretFingerprint,
    attempt: attemptsMade,
    attemptsMax: attemptsMade === null || attemptsLeft === null
      ? null
      : attemptsMade + attemptsLeft,
    duplicate,
    ...(differs && { differs }),
    ...(event.createdAtMs === null && { undated: true }),
  };
}

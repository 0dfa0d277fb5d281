import { type LogEntry, toLoggable } from "../log.ts";
import type { Delivery } from "../store/store.ts";

/** The logged fields of an event. */
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
 * Creates the log entry of a received event.
 *
 * @param options The request, and whether the event is a duplicate, with a different body.
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

// News of the inbox as a delivery, in the shape of Persona's events.

import type { JsonObject } from "../json/json.ts";
import type { Delivery } from "../store/store.ts";

/** News. */
export interface OwnEvent {
  readonly name: `inbox.${string}`;
  /** Unique; the same news has the same. */
  readonly key: string;
  /** The subject, whose news come in order; the key itself by default. */
  readonly subject?: string;
  /** Ids only. */
  readonly attributes: JsonObject;
}

/** Creates a delivery that holds news. */
export function ownEvent(
  { name, key, subject = key, attributes }: OwnEvent,
  nowMs: number,
): Delivery {
  const id = `evt_inbox_${key}`;
  const objectType = name.replace(".", "-");
  const objectId = `inbox_${subject}`;
  const body = {
    data: {
      type: "event",
      id,
      attributes: {
        name,
        "created-at": new Date(nowMs).toISOString(),
        payload: { data: { type: objectType, id: objectId, attributes } },
      },
    },
  };
  return {
    id,
    name,
    createdAtMs: nowMs,
    objectType,
    objectId,
    receivedAtMs: nowMs,
    secretFingerprint: null,
    attemptsMade: null,
    attemptsLeft: null,
    firstAttemptedAtMs: null,
    contentType: "application/json; charset=utf-8",
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
}

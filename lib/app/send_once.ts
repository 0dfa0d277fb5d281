// Sending a stored event once to a URL that is not a destination. It is logged, and not
// stored.

import { createForward } from "../destinations/forward.ts";
import { outcomeName } from "../dispatch/verdict.ts";
import { type Logger, toLoggable } from "../log.ts";
import { InboxError } from "../errors.ts";
import type { EventReader } from "../store/event_reader.ts";
import { unreadableText } from "../store/unreadable.ts";
import { shownUrl } from "../views/destination_info.ts";
import type { SentOnce } from "../views/sent_once.ts";

/** The time limit for the response. */
const TIMEOUT_MS = 10_000;

/** Dependencies of {@linkcode sendOnce}. */
export interface SendOnceDeps {
  readonly reader: EventReader;
  /** The signing secret; null sends it unsigned. */
  readonly secret: string | null;
  readonly logger: Logger;
}

/**
 * Sends an event.
 *
 * @param url An http or https URL.
 * @returns The result; undefined if there is no such event.
 * @throws {StoreError} If the store cannot be read.
 * @throws {InboxError} If its payload was erased, or cannot be opened.
 */
export async function sendOnce(
  id: string,
  url: string,
  { reader, secret, logger }: SendOnceDeps,
): Promise<SentOnce | undefined> {
  const stored = await reader.get(id);
  if (!stored) return undefined;
  const { row, body, contentType, unreadable } = stored;
  if (row.status === "erased") {
    throw new InboxError(
      "Cannot send the event: its payload was erased",
      "Only its id, name and times are left",
    );
  }
  if (unreadable) {
    throw new InboxError(
      `Cannot send ${id}: ${unreadableText(id, unreadable)}`,
      "Restore the event from a backup, with its key",
    );
  }
  const forward = await createForward({ url, secret, timeoutMs: TIMEOUT_MS });
  const startMs = performance.now();
  const outcome = await forward.attempt({
    eventId: row.id,
    eventName: row.name,
    objectId: row.objectId,
    contentType,
    delivery: row,
    body: new Uint8Array(body),
    attempt: 1,
    isStale: false,
    isLatest: true,
  }, new AbortController().signal);
  await forward.close();
  const sent: SentOnce = {
    eventId: row.id,
    to: shownUrl(url),
    ok: outcome.ok,
    outcome: outcomeName(outcome),
    code: outcome.code,
    durationMs: Math.round(performance.now() - startMs),
  };
  logger.log({ msg: "sent once", ...sent, eventId: toLoggable(sent.eventId) });
  return sent;
}

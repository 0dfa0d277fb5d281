// An erasure in a store without a server.

import { systemClock } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import { createSubscriptions } from "../dispatch/subscriptions.ts";
import type { Logger } from "../log.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { EraseResult, EraseTarget } from "../views/erase_result.ts";
import { openConfiguredStore } from "./app.ts";
import { openAudit } from "../store/open_store.ts";
import { type EraseOptions, PersonEraser } from "./eraser.ts";

/**
 * Opens the store, erases, and closes the store.
 *
 * @throws {InboxError} As {@linkcode PersonEraser.erase}, or if a server has the store.
 */
export async function eraseAlone(
  target: EraseTarget,
  config: Config,
  { logger, ...options }: EraseOptions & { logger: Logger },
): Promise<EraseResult> {
  const store = await openConfiguredStore(config, { logger });
  let reader: EventReader | undefined;
  try {
    reader = store.openReader();
    const subscriptions = createSubscriptions(config.destinations);
    const eraser = new PersonEraser({
      store,
      reader,
      subscriptions,
      clock: systemClock,
      audit: openAudit(config.storeUrl),
    });
    return await eraser.erase(target, options);
  } finally {
    reader?.close();
    await store.close();
  }
}

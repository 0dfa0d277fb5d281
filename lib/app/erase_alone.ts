// An erasure in a store without a server.

import { systemClock } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import { createSubscriptions } from "../dispatch/subscriptions.ts";
import type { Logger } from "../log.ts";
import type { EraseResult, EraseTarget } from "../views/erase_result.ts";
import { openAudit } from "../store/open_store.ts";
import { type EraseOptions, PersonEraser } from "./eraser.ts";
import { withStore } from "./with_store.ts";

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
  return await withStore(config, logger, async (store, reader) => {
    const eraser = new PersonEraser({
      store,
      reader,
      subscriptions: createSubscriptions(config.destinations),
      clock: systemClock,
      audit: openAudit(config.storeUrl),
    });
    return await eraser.erase(target, options);
  });
}

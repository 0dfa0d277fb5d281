// Erasures and holds in a store without a server.

import { systemClock } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import { createSubscriptions } from "../dispatch/subscriptions.ts";
import type { Logger } from "../log.ts";
import { openAudit } from "../store/open_store.ts";
import { PersonEraser } from "./eraser.ts";
import { Holder } from "./holder.ts";
import { Turns } from "./turns.ts";
import { withStore } from "./with_store.ts";

/** What can be done. */
export interface StoreParts {
  readonly eraser: PersonEraser;
  readonly holder: Holder;
}

/**
 * Opens the store, uses it, and closes it.
 *
 * @throws {InboxError} As what is done, or if a server has the store.
 */
export async function aloneInStore<Result>(
  config: Config,
  logger: Logger,
  use: (parts: StoreParts) => Promise<Result>,
): Promise<Result> {
  return await withStore(config, logger, async (store, reader) => {
    const deps = {
      store,
      reader,
      subscriptions: createSubscriptions(config.destinations),
      clock: systemClock,
      audit: openAudit(config.storeUrl),
      turns: new Turns(),
      policy: config,
    };
    const eraser = new PersonEraser(deps);
    const erasesRedacted = config.onRedacted === "erase";
    const holder = new Holder({ ...deps, eraser, erasesRedacted });
    return await use({ eraser, holder });
  });
}

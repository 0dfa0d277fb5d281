/**
 * Dispatches again in a store that no server holds: they go out when one starts.
 *
 * @module
 */

import { openStore } from "./app.ts";
import { systemClock } from "../clock.ts";
import { planReplay, replay } from "../dispatch/replay.ts";
import { createSubscriptions } from "../dispatch/subscriptions.ts";
import type { Logger } from "../log.ts";
import type { Config } from "../config/settings.ts";
import type {
  EventReader,
  ReplayRequest,
  ReplayResult,
} from "../store/store.ts";

/**
 * Takes the store, dispatches again what is asked for, and lets go of the store.
 *
 * @param request Which events.
 * @param config The settings: the store, and the destinations.
 * @param options Whether it is only to be found out, and who hears of failures.
 * @returns What it came to.
 * @throws {StoreLockedError} When a server holds the store: that one must be asked.
 * @throws {StoreError} When the store cannot be read or written.
 */
export async function replayAlone(
  request: ReplayRequest,
  config: Config,
  { isDryRun, logger }: { isDryRun: boolean; logger: Logger },
): Promise<ReplayResult> {
  const { destinations } = config;
  const store = await openStore(config, logger);
  let reader: EventReader | undefined;
  try {
    reader = store.openReader();
    const { keys, ...answer } = await planReplay(request, {
      reader,
      subscriptions: createSubscriptions(destinations),
      destinations: destinations.map(({ name }) => name),
    });
    if (!isDryRun) {
      const plan = { keys, ...answer };
      await replay(plan, { store, clock: systemClock, wake: () => {} });
    }
    return answer;
  } finally {
    reader?.close();
    await store.close();
  }
}

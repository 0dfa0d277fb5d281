// A replay in a store without a server: the events go out when one starts.

import { openConfiguredStore } from "./app.ts";
import { systemClock } from "../clock.ts";
import { planReplay, replay } from "../dispatch/replay.ts";
import { createSubscriptions } from "../dispatch/subscriptions.ts";
import type { Logger } from "../log.ts";
import { OWN_HANDLERS_NAME } from "../config/destination_members.ts";
import type { Config } from "../config/settings.ts";
import type { ReplayRequest, ReplayResult } from "../store/event_filter.ts";
import type { EventReader } from "../store/event_reader.ts";

/**
 * Opens the store, makes the dispatches pending, and closes the store.
 *
 * @param config The settings: the store, and the destinations.
 * @param options The log, and `isDryRun` to only count.
 * @returns The extent of the replay.
 * @throws {StoreError} If the store cannot be read or written, or a server has it.
 */
export async function replayAlone(
  request: ReplayRequest,
  config: Config,
  { isDryRun, logger }: { isDryRun: boolean; logger: Logger },
): Promise<ReplayResult> {
  const { destinations } = config;
  const store = await openConfiguredStore(config, { logger });
  let reader: EventReader | undefined;
  try {
    reader = store.openReader();
    const { keys, isAgain, ...result } = await planReplay(request, {
      reader,
      subscriptions: createSubscriptions(destinations),
      // What a program with createInbox() left behind is not in any settings.
      destinations: [
        ...destinations.map(({ name }) => name),
        OWN_HANDLERS_NAME,
      ],
    });
    if (!isDryRun) {
      const plan = { keys, isAgain };
      await replay(plan, { store, clock: systemClock });
    }
    return result;
  } finally {
    reader?.close();
    await store.close();
  }
}

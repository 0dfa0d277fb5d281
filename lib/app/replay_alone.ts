import { systemClock } from "../clock.ts";
import { createSubscriptions } from "../dispatch/subscriptions.ts";
import type { Logger } from "../log.ts";
import { OWN_HANDLERS_NAME } from "../config/destination_members.ts";
import type { Config } from "../config/settings.ts";
import type { ReplayRequest, ReplayResult } from "../store/event_filter.ts";
import { createReplayer } from "../dispatch/replay.ts";
import { withStore } from "./with_store.ts";

/**
 * Replays events of a store without a server.
 *
 * @throws {StoreError} If the store cannot be read or written, or a server has it.
 */
export async function replayAlone(
  request: ReplayRequest,
  config: Config,
  { isDryRun, logger }: { isDryRun: boolean; logger: Logger },
): Promise<ReplayResult> {
  const names = config.destinations.map(({ name }) => name);
  return await withStore(config, logger, async (store, reader) => {
    const replay = createReplayer({
      store,
      reader,
      subscriptions: createSubscriptions(config.destinations),
      // What a program with createInbox() left behind is not in any settings.
      destinations: [...names, OWN_HANDLERS_NAME],
      clock: systemClock,
    });
    return await replay(request, { isDryRun });
  });
}

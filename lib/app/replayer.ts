import type { Clock } from "../clock.ts";
import { planReplay, replay } from "../dispatch/replay.ts";
import type { Subscriptions } from "../dispatch/subscriptions.ts";
import type { ReplayRequest, ReplayResult } from "../store/event_filter.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { Store } from "../store/store.ts";

/** Dependencies of {@linkcode createReplayer}. */
export interface ReplayerDeps {
  readonly store: Store;
  readonly reader: EventReader;
  readonly subscriptions: Subscriptions;
  /** Names of all destinations. */
  readonly destinations: readonly string[];
  readonly clock: Clock;
}

/**
 * Replays events, or only counts them.
 *
 * @returns The extent of the replay.
 * @throws {StoreError} If the store cannot be read or written.
 */
export type Replayer = (
  request: ReplayRequest,
  options?: { readonly isDryRun?: boolean },
) => Promise<ReplayResult>;

/**
 * Creates a replayer.
 *
 * @param deps The store and the destinations.
 */
export function createReplayer(deps: ReplayerDeps): Replayer {
  return async (request, { isDryRun = false } = {}) => {
    const plan = await planReplay(request, deps);
    if (!isDryRun) await replay(plan, deps);
    return plan;
  };
}

import { systemClock } from "../clock.ts";
import { OWN_HANDLERS_NAME } from "../config/destination_members.ts";
import type { Config } from "../config/settings.ts";
import { createReplayer, type Replayer } from "../dispatch/replay.ts";
import { createSubscriptions } from "../dispatch/subscriptions.ts";
import type { Logger } from "../log.ts";
import type { EventReader } from "../store/event_reader.ts";
import { openAudit } from "../store/open_store.ts";
import type { Store } from "../store/store.ts";
import { openConfiguredStore } from "./app.ts";
import { PersonEraser } from "./eraser.ts";
import { Holder } from "./holder.ts";
import { Turns } from "./turns.ts";

/** A store that no server has, and all that commands do with it. */
export interface StoreParts {
  readonly store: Store;
  readonly eraser: PersonEraser;
  readonly holder: Holder;
  /** Replays events; they go out when a server starts. */
  readonly replay: Replayer;
}

/**
 * Opens the configured store without a server, uses it, and closes it.
 *
 * @throws {InboxError} As `use`, or if a server has the store.
 */
export async function aloneInStore<Result>(
  config: Config,
  logger: Logger,
  use: (parts: StoreParts) => Promise<Result>,
): Promise<Result> {
  const store = await openConfiguredStore(config, { logger });
  let reader: EventReader | undefined;
  try {
    reader = store.openReader();
    return await use(partsOf(config, store, reader));
  } finally {
    reader?.close();
    await store.close();
  }
}

function partsOf(
  config: Config,
  store: Store,
  reader: EventReader,
): StoreParts {
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
  const names = config.destinations.map(({ name }) => name);
  return {
    store,
    eraser,
    holder: new Holder({ ...deps, eraser, erasesRedacted }),
    replay: createReplayer({
      ...deps,
      // What a program with createInbox() left behind is not in any settings.
      destinations: [...names, OWN_HANDLERS_NAME],
    }),
  };
}

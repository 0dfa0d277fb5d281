import type { Config } from "../config/settings.ts";
import type { Logger } from "../log.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { Store } from "../store/store.ts";
import { openConfiguredStore } from "./app.ts";

/**
 * Opens the configured store without a server, uses it and closes it. What becomes
 * pending goes out when a server starts.
 *
 * @param use Called with the store and a reader of it.
 * @throws {StoreError} If it cannot be opened, or a server has it.
 */
export async function withStore<Result>(
  config: Config,
  logger: Logger,
  use: (store: Store, reader: EventReader) => Promise<Result>,
): Promise<Result> {
  const store = await openConfiguredStore(config, { logger });
  let reader: EventReader | undefined;
  try {
    reader = store.openReader();
    return await use(store, reader);
  } finally {
    reader?.close();
    await store.close();
  }
}

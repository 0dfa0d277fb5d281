// Pausing in a store without a server: it is obeyed by those that start.

import { systemClock } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import type { Logger } from "../log.ts";
import { openConfiguredStore } from "./app.ts";

/**
 * Opens the store, pauses or resumes a destination, and closes the store.
 *
 * @returns True if that is durable.
 * @throws {StoreError} If the store cannot be opened, or a server has it.
 */
export async function pauseAlone(
  destination: string,
  config: Config,
  { isPaused, logger }: { isPaused: boolean; logger: Logger },
): Promise<boolean> {
  const store = await openConfiguredStore(config, { logger });
  try {
    const sinceMs = isPaused ? systemClock.nowMs() : null;
    return await store.setPause(destination, sinceMs);
  } finally {
    await store.close();
  }
}

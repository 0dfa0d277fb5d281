// A brief look into the store. Closing its files anywhere else in this process would drop
// all locks on them (POSIX), so that nothing else has it open meanwhile.

import { openSealedReader } from "../app/open_sealed.ts";
import type { Config } from "../config/settings.ts";
import type { EventReader } from "../store/event_reader.ts";

/**
 * Opens a reader of the configured store, uses it and closes it.
 *
 * @throws {UsageError} If a key of its payloads is missing or another.
 * @throws {StoreError} If there is no store, or it cannot be read.
 */
export async function withReader<Found>(
  config: Config,
  look: (reader: EventReader) => Promise<Found>,
): Promise<Found> {
  const reader = await openSealedReader(config);
  try {
    return await look(reader);
  } finally {
    reader.close();
  }
}

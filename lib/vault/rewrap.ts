// Rewrapping: moves data keys from other keys of the settings to the first one, a few at a
// time, while a server uses them. Who stops half-way goes on where it stopped.

import { StoreError } from "../errors.ts";
import type {
  DataKeyName,
  KeyStore,
  Rewrapping,
  WrappedDataKey,
} from "../store/key_store.ts";
import type { Keyring } from "./keyring.ts";

/** Keys in one transaction: it keeps a server waiting for some milliseconds. */
const BATCH = 200;

/**
 * Rewraps all data keys.
 *
 * @param pause Called between two batches, to let others write.
 * @returns How many were rewrapped.
 * @throws {StoreError} If one cannot be opened, or the key store not be written.
 */
export async function rewrapAll(
  keyring: Keyring,
  store: KeyStore,
  pause: () => Promise<void>,
): Promise<number> {
  let rewrapped = 0;
  let after: DataKeyName | null = null;
  for (;;) {
    const limit = BATCH;
    const page: readonly WrappedDataKey[] = await store.wrappedByOthers(
      keyring.firstId,
      { after, limit },
    );
    const last = page.at(-1);
    if (!last) break;
    after = last;
    const changes = page.map((from) => rewrap(keyring, from));
    rewrapped += await store.rewrap(await Promise.all(changes));
    await pause();
  }
  // What the old keys open is still in the log.
  await store.scrub();
  return rewrapped;
}

async function rewrap(
  keyring: Keyring,
  from: WrappedDataKey,
): Promise<Rewrapping> {
  const bytes = await keyring.unwrap(from);
  if (bytes) return { from, to: await keyring.wrap(from, bytes) };
  throw new StoreError(
    `Cannot rewrap the data key of ${from.owner}: ${from.wrappedBy} does not open it`,
    `Add ${from.wrappedBy} to INBOX_ENCRYPTION_KEYS, or restore the key store from a backup`,
  );
}

// The check that a key store is the one that sealed a store's payloads: by another one
// the rest would be sealed, and then no key store opened all.

import { UsageError } from "../errors.ts";
import type { EventReader } from "../store/event_reader.ts";
import { SealedReader } from "../vault/sealed_reader.ts";
import type { Vault } from "../vault/vault.ts";

const HINT =
  "put back the key store that belongs to the store, or name it with INBOX_KEY_STORE, and set INBOX_ENCRYPTION_KEYS";

/** A key store in question. */
export interface KeyStoreInUse {
  /** Its contents; null if it is not there, or there are no keys. */
  readonly vault: Vault | null;
  /** Its place, without a password. */
  readonly shown: string;
}

/**
 * Refuses another key store than the one that a store remembers.
 *
 * @param reader Of the store itself, which hands out what is stored as it is.
 * @returns False if the store does not remember any.
 * @throws {UsageError} If it is another, or there is none.
 * @throws {StoreError} If the store cannot be read.
 */
export async function checkRemembered(
  reader: EventReader,
  { vault, shown }: KeyStoreInUse,
): Promise<boolean> {
  const id = await reader.keyStoreId();
  if (id === null) return false;
  if (id === await vault?.keyStoreId()) return true;
  throw new UsageError([
    `Cannot open the store: ${shown} is not the key store that sealed its payloads: ${HINT}`,
  ]);
}

/**
 * Refuses a key store that is not the store's own, for those who have keys.
 *
 * @throws {UsageError} As {@linkcode checkRemembered}, and if a payload was sealed by
 *   another before the store remembered it.
 * @throws {StoreError} If the store cannot be read.
 */
export async function checkKeyStore(
  reader: EventReader,
  { vault, shown }: KeyStoreInUse,
): Promise<void> {
  if (await checkRemembered(reader, { vault, shown })) return;
  const newest = await reader.newestSealed();
  if (newest === undefined) return;
  const stored = await new SealedReader(reader, vault).get(newest);
  if (stored?.unreadable === "no-key") throw lostKey(newest, shown);
}

/** The fault of a key store that lacks the key of an event. */
export function lostKey(eventId: string, shown: string): UsageError {
  return new UsageError([
    `Cannot open the store: the data key of ${eventId} is not in ${shown}: ${HINT}`,
  ]);
}

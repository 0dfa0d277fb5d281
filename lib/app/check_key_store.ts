// The check that a key store is the one that sealed a store's payloads: by another one
// the rest would be sealed, and then no key store opened all.

import { UsageError } from "../errors.ts";
import type { EventReader } from "../store/event_reader.ts";
import { isSealed } from "../vault/sealed_bytes.ts";
import { SealedReader } from "../vault/sealed_reader.ts";
import type { Vault } from "../vault/vault.ts";

const HINT =
  "put back the key store that belongs to the store, or name it with INBOX_KEY_STORE, and set INBOX_ENCRYPTION_KEYS";

/** The most objects that are named. */
const LISTED_MAX = 10;

/** The newest events that are looked at. */
const LOOKED_AT_MAX = 20;

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
  const fault = vault
    ? `${shown} is not the key store that sealed its payloads`
    : `the key store that sealed its payloads is not at ${shown}`;
  throw new UsageError([`Cannot open the store: ${fault}: ${HINT}`]);
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

/**
 * Reads which payloads may be in the clear: those from before there were keys, as long as
 * they are not encrypted.
 *
 * @param reader Of the store itself, which hands out what is stored as it is.
 * @returns `none` if nothing was sealed yet, `again` if the store is a copy from before
 *   they were.
 * @throws {StoreError} If the store or the key store cannot be read.
 */
export async function loadClear(
  vault: Vault,
  reader: EventReader,
): Promise<"none" | "known" | "again"> {
  if (!await vault.loadClear()) return "none";
  const { afterSeq, untilSeq } = vault.clear;
  const query = { beforeSeq: afterSeq + 1, limit: LOOKED_AT_MAX };
  for (const { id } of await reader.list({ ...query, isErased: false })) {
    const body = (await reader.get(id))?.body;
    if (!body || body.length === 0) continue;
    // They are encrypted in order.
    if (isSealed(body)) break;
    vault.clear = { afterSeq: 0, untilSeq };
    return "again";
  }
  return "known";
}

/**
 * The fault of a key store that lacks the key of an event.
 *
 * @param erasable The objects whose keys it lacks: without those the store can be opened.
 */
export function lostKey(
  eventId: string,
  shown: string,
  erasable: readonly string[] = [],
): UsageError {
  const listed = erasable.slice(0, LISTED_MAX).map((id) => `--object ${id}`);
  const more = erasable.length - listed.length;
  const way = listed.length === 0
    ? ""
    : `. If it is lost for good, erase what nothing opens any more, one by one: erase ${
      listed.join(", erase ")
    }${more > 0 ? ` and ${more} more` : ""}`;
  return new UsageError([
    `Cannot open the store: the data key of ${eventId} is not in ${shown}: ${HINT}${way}`,
  ]);
}

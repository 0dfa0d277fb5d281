// `keys rewrap` on the configured store.

import { StoreError, UsageError } from "../errors.ts";
import type { Config } from "../config/settings.ts";
import {
  findHolder,
  hasKeyStore,
  inspectDatabase,
  locateStore,
  openServedKeyStore,
} from "../store/open_store.ts";
import type { KeyStore } from "../store/key_store.ts";
import { Keyring } from "../vault/keyring.ts";
import { checkKeys, proofName } from "../vault/open_vault.ts";
import { rewrapAll } from "../vault/rewrap.ts";
import { sealingOf } from "./sealing.ts";

/** The result of a rewrap. */
export interface RewrapResult {
  readonly rewrapped: number;
  /** Living data keys by the id of the key that wraps them. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Moves all data keys under the first key.
 *
 * @param pause Called between two batches.
 * @throws {UsageError} If a key is missing, or a server does not know the first one.
 * @throws {StoreError} If there is no key store, or it cannot be used.
 */
export async function rewrapKeys(
  config: Config,
  pause: () => Promise<void>,
): Promise<RewrapResult> {
  const sealing = sealingOf(config);
  if (!sealing) {
    throw new UsageError([
      "Cannot rewrap: INBOX_ENCRYPTION_KEYS must be set, the new key before the old ones",
    ]);
  }
  const { keys, keyStoreUrl } = sealing;
  if (!await hasKeyStore(keyStoreUrl)) {
    throw new StoreError(
      `Cannot rewrap: there is no key store at ${
        locateStore(keyStoreUrl).shown
      }`,
      "A server makes it when it starts with keys. Is it elsewhere? See INBOX_KEY_STORE",
    );
  }
  const store = await openServedKeyStore(keyStoreUrl, config.storeUrl);
  try {
    const keyring = await Keyring.import(keys);
    await checkKeys(keyring, store);
    await refuseUnknown(keyring.firstId, config, store);
    const rewrapped = await rewrapAll(keyring, store, pause);
    return { rewrapped, counts: Object.fromEntries(await store.counts()) };
  } finally {
    await store.close();
  }
}

/** A server could not open what is wrapped by a key that it does not have. */
async function refuseUnknown(
  id: string,
  { storeUrl, keyStoreUrl }: Config,
  store: KeyStore,
): Promise<void> {
  const database = await inspectDatabase(storeUrl, keyStoreUrl);
  if (database) {
    const lacking = database.keyIds.filter((ids) => !ids.includes(id)).length;
    if (lacking === 0) return;
    throw new UsageError([
      `Cannot rewrap to ${id}: ${lacking} of ${database.instances} running servers do not have it yet: set it first in INBOX_ENCRYPTION_KEYS of all servers, restart them, then rewrap`,
    ]);
  }
  const isKnown = (await store.notes()).has(proofName(id));
  if (isKnown || !findHolder(storeUrl)) return;
  throw new UsageError([
    `Cannot rewrap to ${id}: the running server has not used it yet: set it first in INBOX_ENCRYPTION_KEYS of the server, restart it, then rewrap`,
  ]);
}

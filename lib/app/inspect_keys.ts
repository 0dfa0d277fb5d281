// The state of the keys of the configured store, without changing it.

import type { Config } from "../config/settings.ts";
import { hasKeyStore, openKeyStore } from "../store/open_store.ts";
import { Keyring } from "../vault/keyring.ts";
import { checkKeys } from "../vault/open_vault.ts";
import { checkNoKeys, keyStoreUrlOf, sealingOf } from "./open_sealed.ts";

/** The state of keys. */
export interface KeysState {
  readonly keyStoreUrl: string;
  /** The id of the key that wraps new data keys. */
  readonly firstId: string;
  /** Living data keys by the id of the key that wraps them; null before the first start. */
  readonly counts: ReadonlyMap<string, number> | null;
}

/**
 * Looks at the keys.
 *
 * @returns Null if payloads are not encrypted.
 * @throws {UsageError} If a key is missing or another than before.
 * @throws {StoreError} If the key store cannot be read.
 */
export async function inspectKeys(config: Config): Promise<KeysState | null> {
  const keyStoreUrl = keyStoreUrlOf(config);
  const sealing = sealingOf(config);
  if (!sealing) {
    await checkNoKeys(config);
    return null;
  }
  const keyring = await Keyring.import(sealing.keys);
  const { firstId } = keyring;
  if (!await hasKeyStore(keyStoreUrl)) {
    return { keyStoreUrl, firstId, counts: null };
  }
  const store = openKeyStore(keyStoreUrl);
  try {
    await checkKeys(keyring, store);
    return { keyStoreUrl, firstId, counts: await store.counts() };
  } finally {
    await store.close();
  }
}

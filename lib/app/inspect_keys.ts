// The state of the keys of the configured store, without changing it.

import { StoreError } from "../errors.ts";
import type { Config } from "../config/settings.ts";
import {
  hasKeyStore,
  locateStore,
  openServedKeyStore,
} from "../store/open_store.ts";
import { openVault } from "../vault/open_vault.ts";
import {
  checkNoKeys,
  inspectNewest,
  keyStoreUrlOf,
  sealingOf,
} from "./open_sealed.ts";

/** The state of keys. */
export interface KeysState {
  /** The place of the key store, without a password. */
  readonly shown: string;
  /** The id of the key that wraps new data keys. */
  readonly firstId: string;
  /** Living data keys by the id of the key that wraps them; null before the first start. */
  readonly counts: ReadonlyMap<string, number> | null;
  /** The number of events that may be in the clear, as they are older than the keys. */
  readonly clear: number;
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
  const [{ id: firstId } = { id: "" }] = sealing.keys;
  const { shown } = locateStore(keyStoreUrl);
  try {
    await inspectNewest(config);
  } catch (error) {
    // What is said of the store itself is not of the keys.
    if (!(error instanceof StoreError)) throw error;
  }
  if (!await hasKeyStore(keyStoreUrl)) {
    return { shown, firstId, counts: null, clear: 0 };
  }
  const store = await openServedKeyStore(keyStoreUrl, config.storeUrl);
  const vault = await openVault(sealing.keys, store, { isReading: true });
  try {
    await vault.loadClear();
    const { afterSeq, untilSeq } = vault.clear;
    const counts = await store.counts();
    return { shown, firstId, counts, clear: untilSeq - afterSeq };
  } finally {
    await vault.close();
  }
}

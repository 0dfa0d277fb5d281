// The state of the keys of the configured store, without changing it.

import { StoreError } from "../errors.ts";
import {
  hasKeyStore,
  locateStore,
  openReader,
  openServedKeyStore,
} from "../store/open_store.ts";
import type { StoreFault } from "../store/store_fault.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import { openVault } from "../vault/open_vault.ts";
import { findUnopenable } from "../vault/unopenable.ts";
import type { Vault } from "../vault/vault.ts";
import { loadClear } from "./check_key_store.ts";
import { checkNoKeys, inspectNewest } from "./open_sealed.ts";
import { keyStoreUrlOf, type SealingConfig, sealingOf } from "./sealing.ts";

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
  /** What to say of events whose key an erasure destroyed, if there are any. */
  readonly unopenable: StoreFault | undefined;
}

/**
 * Looks at the keys.
 *
 * @returns Null if payloads are not encrypted.
 * @throws {UsageError} If a key is missing or another than before.
 * @throws {StoreError} If the key store cannot be read.
 */
export async function inspectKeys(
  config: SealingConfig,
): Promise<KeysState | null> {
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
    return { shown, firstId, counts: null, clear: 0, unopenable: undefined };
  }
  const store = await openServedKeyStore(keyStoreUrl, config.storeUrl);
  const vault = await openVault(sealing.keys, store, { isReading: true });
  try {
    const counts = await store.counts();
    const unopenable = await unlessUnreadable(findIn(config, vault));
    const { afterSeq, untilSeq } = vault.clear;
    return { shown, firstId, counts, clear: untilSeq - afterSeq, unopenable };
  } finally {
    await vault.close();
  }
}

/** Finds out what is in the clear, and what nothing opens. */
async function findIn(
  { storeUrl, keyStoreUrl }: SealingConfig,
  vault: Vault,
): Promise<StoreFault | undefined> {
  const reader = openReader(storeUrl, keyStoreUrl);
  try {
    await loadClear(vault, reader);
    return await findUnopenable(reader, vault);
  } finally {
    reader.close();
  }
}

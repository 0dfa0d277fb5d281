// Opening of the configured store, its payloads sealed if there are keys.

import {
  keyStoreUrlOf,
  type Sealing,
  type SealingConfig,
  sealingOf,
} from "./sealing.ts";
import { StoreError } from "../errors.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { Outboxes, OutboxesOptions } from "../store/outbox.ts";
import {
  hasKeyStore,
  locateStore,
  openKeyStore,
  openOutboxes,
  openReader,
  openServedKeyStore,
  openStore,
} from "../store/open_store.ts";
import type { Store, StoreOptions, StoreTicket } from "../store/store.ts";
import { openVault, refuseWithoutKeys } from "../vault/open_vault.ts";
import { isSealed } from "../vault/sealed_bytes.ts";
import { SealedOutboxes } from "../vault/sealed_outboxes.ts";
import { SealedReader } from "../vault/sealed_reader.ts";
import { withoutSealed } from "../vault/unsealed_outboxes.ts";
import { SealedStore, type SealedStoreOptions } from "../vault/sealed_store.ts";
import type { Vault } from "../vault/vault.ts";
import {
  checkKeyStore,
  checkRemembered,
  loadClear,
  lostKey,
} from "./check_key_store.ts";
import { checkKeysApart } from "./own_files.ts";
import { openThreadedKeys, type ServerKeys } from "./threaded_keys.ts";

/** The newest events that are listed, and those of other objects that are looked at. */
const LISTED_MAX = 1_000;
const LOOKED_AT_MAX = 100;

/**
 * Opens a store for receiving.
 *
 * @throws {UsageError} If a key is missing or another than before.
 * @throws {StoreError} When it cannot be opened.
 */
export async function openSealedStore(
  config: SealingConfig,
  options: StoreOptions & Pick<SealedStoreOptions, "setTimer">,
): Promise<Store> {
  const { keyStoreUrl } = config;
  checkKeysApart(config);
  const store = await openStore(config.storeUrl, { ...options, keyStoreUrl });
  try {
    const opened = await serverVault(config, store, options);
    if (!opened) return store;
    const { vault, ...parts } = opened;
    return new SealedStore(store, vault, { ...options, ...parts });
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface ServerVault extends Omit<ServerKeys, "keyStore"> {
  readonly vault: Vault;
}

async function serverVault(
  config: SealingConfig,
  store: Store,
  options: Pick<StoreOptions, "onFatal">,
): Promise<ServerVault | null> {
  const sealing = sealingOf(config);
  const reader = store.openReader({ isBrief: true });
  try {
    if (!sealing) {
      await checkNoKeys(config, reader);
      return null;
    }
    const { keys, keyStoreUrl } = sealing;
    const { shown, isKept } = locateStore(keyStoreUrl);
    if (!await hasKeyStore(keyStoreUrl)) {
      await checkKeyStore(reader, { vault: null, shown });
    }
    const { keyStore, ...parts }: ServerKeys = isKept
      ? openThreadedKeys(sealing, options)
      : { keyStore: openKeyStore(keyStoreUrl) };
    const check = (vault: Vault) => checkKeyStore(reader, { vault, shown });
    const vault = await openVault(keys, keyStore, { check });
    try {
      await bindKeyStore(store, vault, keys.map(({ id }) => id));
      await checkKeyStore(reader, { vault, shown });
      await markClear(vault, store, reader);
      return { vault, ...parts };
    } catch (error) {
      await vault.close();
      throw error;
    }
  } finally {
    reader.close();
  }
}

/** Before anything is sealed, and once nothing is stored in the clear any more. */
async function bindKeyStore(
  store: Store,
  vault: Vault,
  keyIds: readonly string[],
): Promise<void> {
  const keyStoreId = await vault.keyStoreId();
  if (keyStoreId === null) throw new Error("the proof of a key is not there");
  if (await store.bindKeyStore({ keyStoreId, keyIds })) return;
  throw new StoreError(
    "Cannot open the store: it cannot remember its key store",
    "The log says why: start again once that is gone",
  );
}

/** Remembers which events were stored before there were keys. */
async function markClear(
  vault: Vault,
  store: Store,
  reader: EventReader,
): Promise<void> {
  const clear = await loadClear(vault, reader);
  if (clear === "again") await vault.saveClear(vault.clear);
  if (clear !== "none") return;
  const { seq: untilSeq } = await reader.end();
  // Whoever has the store has the key of its own tokens.
  await store.link({ links: [], throughSeq: 0, isFirst: true });
  await vault.saveClear({ afterSeq: 0, untilSeq });
}

/**
 * Opens the dispatching side of an open store in another thread.
 *
 * @throws {StoreError} When it cannot be opened.
 */
export async function openSealedOutboxes(
  ticket: StoreTicket,
  sealing: Sealing | null,
  options: OutboxesOptions,
): Promise<Outboxes> {
  const outboxes = openOutboxes(ticket, options);
  if (!sealing) return withoutSealed(outboxes);
  const { keys, keyStoreUrl } = sealing;
  const vault = await openVault(keys, openKeyStore(keyStoreUrl));
  await vault.loadClear();
  return new SealedOutboxes(outboxes, vault, { ...options, isOwner: true });
}

/**
 * Opens a store for reading, whichever process holds it.
 *
 * @throws {UsageError} If a key is missing or another than before.
 * @throws {StoreError} If there is no such store, or this version cannot read it.
 */
export async function openSealedReader(
  config: SealingConfig,
): Promise<EventReader> {
  const reader = openReader(config.storeUrl, config.keyStoreUrl);
  try {
    const vault = await readerVault(config, reader);
    return new SealedReader(reader, vault, { isOwner: true });
  } catch (error) {
    reader.close();
    throw error;
  }
}

async function readerVault(
  config: SealingConfig,
  reader: EventReader,
): Promise<Vault | null> {
  const sealing = sealingOf(config);
  if (!sealing) {
    await checkNoKeys(config, reader);
    return null;
  }
  const { keys, keyStoreUrl } = sealing;
  const { shown } = locateStore(keyStoreUrl);
  const check = (vault: Vault | null) =>
    checkKeyStore(reader, { vault, shown });
  if (!await hasKeyStore(keyStoreUrl)) {
    await check(null);
    return null;
  }
  const keyStore = await openServedKeyStore(keyStoreUrl, config.storeUrl);
  const vault = await openVault(keys, keyStore, { isReading: true, check });
  await loadClear(vault, reader);
  return vault;
}

/**
 * Refuses to continue without keys where there were some.
 *
 * @param reader Of the store; without one only the key store is looked at.
 * @throws {UsageError} If payloads are sealed.
 */
export async function checkNoKeys(
  config: SealingConfig,
  reader?: EventReader,
): Promise<void> {
  const url = keyStoreUrlOf(config);
  if (await hasKeyStore(url)) {
    const keyStore = openKeyStore(url);
    try {
      await refuseWithoutKeys(keyStore);
    } finally {
      await keyStore.close();
    }
  }
  const { shown } = locateStore(url);
  if (reader) await checkRemembered(reader, { vault: null, shown });
}

/**
 * Refuses a store whose newest payloads need keys that are not there: a key store that
 * was lost, is older than the store, or was never named.
 *
 * @throws {UsageError} If it is so.
 * @throws {StoreError} If the store cannot be read.
 */
export async function refuseLostKeys(
  store: Store,
  config: SealingConfig,
): Promise<void> {
  const reader = store.openReader({ isBrief: true });
  try {
    await checkNewest(reader, config);
  } finally {
    reader.close();
  }
}

/**
 * As {@linkcode refuseLostKeys}, of a store that is not open.
 *
 * @throws {UsageError} If it is so.
 * @throws {StoreError} If there is no store, or it cannot be read.
 */
export async function inspectNewest(config: SealingConfig): Promise<void> {
  const reader = await openSealedReader(config);
  try {
    await checkNewest(reader, config);
  } finally {
    reader.close();
  }
}

async function checkNewest(
  reader: EventReader,
  config: SealingConfig,
): Promise<void> {
  const isSealing = sealingOf(config) !== null;
  const objectsMax = isSealing ? LOOKED_AT_MAX : 1;
  const known = new Set<string | null>();
  const lost = new Map<string, string>();
  for (const { id, objectId } of await reader.list({ limit: LISTED_MAX })) {
    const holder = objectId ?? id;
    if (lost.has(holder) || (objectId !== null && known.has(objectId))) {
      continue;
    }
    const stored = await reader.get(id);
    if (!stored) continue;
    const { body, unreadable } = stored;
    if (unreadable === "no-key" || isSealed(body)) lost.set(holder, id);
    if (unreadable === undefined && body.length > 0) known.add(objectId);
    if (known.size + lost.size >= objectsMax) break;
  }
  const [newest] = lost.values();
  if (newest === undefined) return;
  const { shown } = locateStore(keyStoreUrlOf(config));
  throw lostKey(newest, shown, isSealing ? [...lost.keys()] : []);
}

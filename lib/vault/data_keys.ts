// Data keys in the clear, as long as they are in use: one for each object, and one for
// each event without an object.

import { encodeHex } from "@std/encoding/hex";
import { StoreError } from "../errors.ts";
import type {
  DataKeyName,
  KeyStore,
  WrappedDataKey,
} from "../store/key_store.ts";
import type { UnreadableReason } from "../store/unreadable.ts";
import { importAeadKey } from "./aead.ts";
import type { Keyring } from "./keyring.ts";
import { LruMap } from "./lru_map.ts";

const KEY_ID_BYTES = 8;

const DATA_KEY_BYTES = 32;

/** Keys in memory: some hundred bytes each. */
const CACHED_MAX = 16_384;

/** A data key in use. */
export interface DataKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** The bytes of a data key. */
export interface ClearKey {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** As it is stored. */
  readonly stored: WrappedDataKey;
}

/** A data key that has sealed something. */
export interface HeldKey {
  /** As it was when it was found. */
  readonly stored: WrappedDataKey;
  /** {@linkcode Store.keyGeneration} before it was found. */
  readonly generation: number;
}

/** By owner: fresh ones in the clear, and those that were there. */
type ObtainedKeys = ReadonlyMap<string, ClearKey | WrappedDataKey>;

type FoundKey = CryptoKey | Exclude<UnreadableReason, "changed">;

/** Finds and makes data keys. */
export class DataKeys {
  readonly #keyring: Keyring;
  readonly #store: KeyStore;
  /** The living key of each owner. */
  #current = new LruMap<Promise<DataKey>>(CACHED_MAX);
  #found = new LruMap<Promise<FoundKey>>(CACHED_MAX);
  /** What has sealed something, as it is stored: see {@linkcode HeldKeys}. */
  readonly #held = new LruMap<HeldKey>(CACHED_MAX);
  /** See {@linkcode Store.keyGeneration}. */
  generation = 0;

  constructor(keyring: Keyring, store: KeyStore) {
    this.#keyring = keyring;
    this.#store = store;
  }

  /**
   * Returns the keys that seal for owners, each once it is durable; what is not there yet
   * is made in one transaction. One rejects with a `StoreError` if it can be neither found
   * nor made.
   */
  current(owners: readonly string[]): readonly Promise<DataKey>[] {
    const missing = owners.filter((owner) => !this.#current.get(owner));
    const obtained = this.#obtainAll([...new Set(missing)]);
    return owners.map((owner) =>
      cached(this.#current, owner, async () => {
        const { generation } = this;
        const { id, bytes, stored } = await this.#living(
          await obtained,
          owner,
        );
        this.#held.set(nameOf(stored), { stored, generation });
        return { id, key: await importAeadKey(bytes) };
      })
    );
  }

  /** Returns the latest keys that {@linkcode current} has returned. */
  held(): readonly HeldKey[] {
    return Array.from(this.#held.entries(), ([, key]) => key);
  }

  /** Forgets keys that {@linkcode held} returns. */
  drop(keys: readonly HeldKey[]): void {
    for (const { stored } of keys) this.#held.delete(nameOf(stored));
  }

  /**
   * Returns an owner's living key.
   *
   * @throws {StoreError} If it can be neither found nor made.
   */
  async obtain(owner: string): Promise<ClearKey> {
    return await this.#living(await this.#obtainAll([owner]), owner);
  }

  /**
   * Finds a key that sealed something.
   *
   * @throws {StoreError} If the key store cannot be read.
   */
  find(name: DataKeyName): Promise<FoundKey> {
    const text = nameOf(name);
    return cached(this.#found, text, async () => {
      const stored = await this.#store.get(name);
      if (stored === "destroyed") return "key-destroyed";
      const bytes = stored && await this.#keyring.unwrap(stored);
      if (!bytes) {
        // It may come back with a restored key store.
        this.#found.delete(text);
        return "no-key";
      }
      return await importAeadKey(bytes);
    });
  }

  async #obtainAll(owners: readonly string[]): Promise<ObtainedKeys> {
    if (owners.length === 0) return new Map();
    const random = crypto.getRandomValues(
      new Uint8Array(owners.length * (KEY_ID_BYTES + DATA_KEY_BYTES)),
    );
    let at = 0;
    const take = (length: number) => random.subarray(at, at += length);
    const fresh = owners.map((owner) => ({
      owner,
      id: encodeHex(take(KEY_ID_BYTES)),
      bytes: take(DATA_KEY_BYTES),
    }));
    const candidates = await Promise.all(
      fresh.map((one) => this.#keyring.wrap(one, one.bytes)),
    );
    const stored = await this.#store.obtain(candidates);
    return new Map(fresh.map(({ owner, id, bytes }, i) => {
      const living = stored[i] ?? candidates[i]!;
      const isFresh = living.id === id;
      return [owner, isFresh ? { id, bytes, stored: living } : living];
    }));
  }

  async #living(keys: ObtainedKeys, owner: string): Promise<ClearKey> {
    const key = keys.get(owner);
    if (!key) throw new TypeError("no key of that owner was obtained");
    if ("bytes" in key) return key;
    const bytes = await this.#keyring.unwrap(key);
    if (!bytes) throw unusableKey(key.wrappedBy);
    return { id: key.id, bytes, stored: key };
  }

  /** Looks for all keys again. */
  forgetAll(): void {
    this.#current = new LruMap(CACHED_MAX);
    this.#found = new LruMap(CACHED_MAX);
  }

  /** Forgets the keys of owners, which are about to be destroyed. */
  forget(owners: readonly string[]): void {
    this.findAnew(owners);
    const gone = new Set(owners);
    this.drop(this.held().filter(({ stored }) => gone.has(stored.owner)));
  }

  /** Looks for the keys of owners again: the key store knows which they have now. */
  findAnew(owners: readonly string[]): void {
    for (const owner of owners) this.#current.delete(owner);
    this.#found = new LruMap(CACHED_MAX);
  }
}

function unusableKey(wrappedBy: string): StoreError {
  return new StoreError(
    `Cannot seal: a data key that ${wrappedBy} wraps cannot be opened`,
    `Is ${wrappedBy} in INBOX_ENCRYPTION_KEYS of this process? If so, the key store is damaged: restore its backup`,
  );
}

function nameOf({ owner, id }: DataKeyName): string {
  return `${owner} ${id}`;
}

function cached<Value>(
  map: LruMap<Promise<Value>>,
  name: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const known = map.get(name);
  if (known) return known;
  const made = make();
  map.set(name, made);
  made.catch(() => map.delete(name));
  return made;
}

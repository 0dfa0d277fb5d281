// Data keys in the clear, as long as they are in use: one for each object, and one for
// each event without an object.

import { encodeHex } from "@std/encoding/hex";
import { StoreError } from "../errors.ts";
import type { DataKeyName, KeyStore } from "../store/key_store.ts";
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

type FoundKey = CryptoKey | Exclude<UnreadableReason, "changed">;

/** Finds and makes data keys. */
export class DataKeys {
  readonly #keyring: Keyring;
  readonly #store: KeyStore;
  /** The living key of each owner. */
  readonly #current = new LruMap<Promise<DataKey>>(CACHED_MAX);
  #found = new LruMap<Promise<FoundKey>>(CACHED_MAX);
  constructor(keyring: Keyring, store: KeyStore) {
    this.#keyring = keyring;
    this.#store = store;
  }

  /**
   * Returns the key that seals for an owner; durable then.
   *
   * @throws {StoreError} If it can be neither found nor made.
   */
  current(owner: string): Promise<DataKey> {
    return cached(this.#current, owner, async () => {
      const { id, bytes } = await this.obtain(owner);
      return { id, key: await importAeadKey(bytes) };
    });
  }

  /**
   * Returns the bytes of an owner's living key, and its id.
   *
   * @throws {StoreError} As {@linkcode current}.
   */
  async obtain(
    owner: string,
  ): Promise<{ id: string; bytes: Uint8Array<ArrayBuffer> }> {
    const id = encodeHex(randomBytes(KEY_ID_BYTES));
    const fresh = randomBytes(DATA_KEY_BYTES);
    const candidate = await this.#keyring.wrap({ owner, id }, fresh);
    const stored = await this.#store.obtain(candidate);
    if (stored.id === id) return { id, bytes: fresh };
    const bytes = await this.#keyring.unwrap(stored);
    if (bytes) return { id: stored.id, bytes };
    throw unusableKey(stored.wrappedBy);
  }

  /**
   * Finds a key that sealed something.
   *
   * @throws {StoreError} If the key store cannot be read.
   */
  find(name: DataKeyName): Promise<FoundKey> {
    const text = `${name.owner} ${name.id}`;
    return cached(this.#found, text, async () => {
      const stored = await this.#store.get(name);
      if (stored === "destroyed") return "erased";
      const bytes = stored && await this.#keyring.unwrap(stored);
      if (!bytes) {
        // It may come back with a restored key store.
        this.#found.delete(text);
        return "no-key";
      }
      return await importAeadKey(bytes);
    });
  }

  /** Forgets the keys of owners. */
  forget(owners: readonly string[]): void {
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

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

// The keys of the settings, which wrap the data keys.

import type { EncryptionKey } from "../encryption_key.ts";
import type { DataKeyName, WrappedDataKey } from "../store/key_store.ts";
import { decrypt, encrypt, importAeadKey, type SealContext } from "./aead.ts";

/** Wraps with the first key, and unwraps with any. */
export class Keyring {
  /** The id of the key that wraps. */
  readonly firstId: string;
  readonly #keys: ReadonlyMap<string, CryptoKey>;

  private constructor(keys: readonly (readonly [string, CryptoKey])[]) {
    this.#keys = new Map(keys);
    this.firstId = keys[0]?.[0] ?? "";
  }

  /** Imports keys. */
  static async import(keys: readonly EncryptionKey[]): Promise<Keyring> {
    const imported = keys.map(async ({ id, bytes }) =>
      [id, await importAeadKey(bytes)] as const
    );
    return new Keyring(await Promise.all(imported));
  }

  /** Returns whether there is a key of that id. */
  has(id: string): boolean {
    return this.#keys.has(id);
  }

  /** Wraps a data key with the first key. */
  async wrap(
    { owner, id }: DataKeyName,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<WrappedDataKey> {
    const wrappedBy = this.firstId;
    const context = contextOf({ owner, id });
    const wrapped = await encrypt(this.#get(wrappedBy), bytes, context);
    return { owner, id, wrappedBy, wrapped };
  }

  /** Unwraps a data key; undefined if it, its name or the key is another. */
  async unwrap(
    { owner, id, wrappedBy, wrapped }: WrappedDataKey,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!this.has(wrappedBy)) return undefined;
    const context = contextOf({ owner, id });
    return await decrypt(this.#get(wrappedBy), wrapped, context);
  }

  /** Returns bytes that prove later that the first key is still the same. */
  prove(): Promise<Uint8Array<ArrayBuffer>> {
    const id = this.firstId;
    return encrypt(this.#get(id), new Uint8Array(), ["proof", id]);
  }

  /** Returns whether the key of that id is the one that made the proof. */
  async isProven(
    id: string,
    proof: Uint8Array<ArrayBuffer>,
  ): Promise<boolean> {
    return await decrypt(this.#get(id), proof, ["proof", id]) !== undefined;
  }

  #get(id: string): CryptoKey {
    const key = this.#keys.get(id);
    if (!key) throw new TypeError("no key of that id");
    return key;
  }
}

function contextOf({ owner, id }: DataKeyName): SealContext {
  return ["data key", owner, id];
}

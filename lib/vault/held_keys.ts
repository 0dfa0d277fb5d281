// The data keys that have sealed something in this process, compared with the key store:
// it lacks some when an older copy was put in its place, or one that lags behind.

import { StoreError } from "../errors.ts";
import type { KeyStore } from "../store/key_store.ts";
import type { FoundOwner } from "../store/store.ts";
import type { ClearKey, DataKeys, HeldKey } from "./data_keys.ts";

/** The owner of the key for digests and links: no object has an empty id. */
export const INDEX_OWNER = "";

/** The keys that a process seals with. */
export class HeldKeys {
  readonly #keys: DataKeys;
  readonly #store: KeyStore;
  readonly #index: () => Promise<ClearKey> | undefined;
  #checked: number | undefined;

  /** @param index Returns the key for digests and links, once there is one. */
  constructor(
    keys: DataKeys,
    store: KeyStore,
    index: () => Promise<ClearKey> | undefined,
  ) {
    this.#keys = keys;
    this.#store = store;
    this.#index = index;
  }

  /**
   * Checks that what keys in memory have sealed can be opened later.
   *
   * @throws {StoreError} If the key store has lost one, until that is back.
   */
  async check(): Promise<void> {
    const state = await this.#store.check();
    if (state === this.#checked) return;
    const lacking = await this.#lacking();
    if (lacking.length > 0) {
      throw lostKeys(lacking.length, this.#keys.held().length);
    }
    this.#checked = state;
  }

  /**
   * Names the owners of keys that the key store lacks.
   *
   * @throws {StoreError} If it cannot be read, or is that of another store.
   */
  async lacking(): Promise<readonly FoundOwner[]> {
    return (await this.#lacking()).map(({ stored: { owner }, generation }) => ({
      owner,
      generation,
    }));
  }

  /**
   * Stores keys that the key store lacks, and forgets what it lacks still.
   *
   * @param owners Their owners: of all others nothing may be put back, as their keys may
   *   be destroyed.
   * @returns The number of keys put back.
   * @throws {StoreError} If it cannot be written, or is that of another store.
   */
  async putBack(owners: readonly string[]): Promise<number> {
    const lacking = await this.#lacking();
    const wanted = new Set(owners);
    const keys = lacking.filter(({ stored }) => wanted.has(stored.owner));
    await this.#store.putBack(keys.map(({ stored }) => stored));
    this.#keys.drop(lacking.filter(({ stored }) => !wanted.has(stored.owner)));
    // An owner may have another key by now.
    this.#keys.findAnew(lacking.map(({ stored: { owner } }) => owner));
    return keys.length;
  }

  async #lacking(): Promise<readonly HeldKey[]> {
    const held = this.#keys.held();
    const index = await this.#index();
    const names = held.map(({ stored: { owner, id } }) => ({ owner, id }));
    if (index) names.push({ owner: INDEX_OWNER, id: index.id });
    const missing = await this.#store.missing(names);
    if (missing.some(({ owner }) => owner === INDEX_OWNER)) {
      throw lostKeys(missing.length, names.length);
    }
    const ids = new Set(missing.map(({ id }) => id));
    return held.filter(({ stored }) => ids.has(stored.id));
  }
}

function lostKeys(missing: number, held: number): StoreError {
  return new StoreError(
    `Cannot use the key store: it lacks ${missing} of the ${held} data keys in use, as an older copy or another one would`,
    "Put back the key store that has them: the server then continues by itself",
  );
}

// The thread of a server's data keys: nothing else waits for their syncs, or for sealing.

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { FatalStoreError } from "../errors.ts";
import type { KeyStore } from "../store/key_store.ts";
import { openKeyStore } from "../store/open_store.ts";
import { serveCalls } from "../threads/call.ts";
import { groupSealer } from "../vault/body_group.ts";
import { Keyring } from "../vault/keyring.ts";
import { Vault } from "../vault/vault.ts";
import type { Sealing } from "./open_sealed.ts";
import type { KeysApi } from "./threaded_keys.ts";

let keyStore: KeyStore | undefined;
let vault: Promise<Vault> | undefined;

const tellFatal = serveCalls<KeysApi>(self, {
  async run(url, name, args) {
    if (name === "close" && !keyStore) return;
    // What is sealed from now on must not be by a key that is gone.
    if (name === "destroy") (await vault)?.forget(args[0] as string[]);
    try {
      keyStore ??= openKeyStore(url);
      return await Reflect.apply(keyStore[name], keyStore, args);
    } catch (error) {
      if (error instanceof FatalStoreError) {
        tellFatal({ message: error.message, hint: error.hint });
      }
      throw error;
    }
  },
  async seal(sealing, group) {
    const seal = groupSealer(await (vault ??= openVault(sealing)));
    return await seal(group);
  },
});

/** Its key store is already checked. */
async function openVault({ keys, keyStoreUrl }: Sealing): Promise<Vault> {
  keyStore ??= openKeyStore(keyStoreUrl);
  return new Vault(await Keyring.import(keys), keyStore);
}

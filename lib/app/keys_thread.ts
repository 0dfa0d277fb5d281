// The thread of a server's data keys: nothing else waits for their syncs, or for sealing.

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { FatalStoreError } from "../errors.ts";
import type { KeyStore } from "../store/key_store.ts";
import { openKeyStore } from "../store/open_store.ts";
import { serveCalls } from "../threads/call.ts";
import { groupSealer, type SealGroup } from "../vault/body_group.ts";
import { Keyring } from "../vault/keyring.ts";
import { Vault } from "../vault/vault.ts";
import type { Sealing } from "./sealing.ts";
import type { KeysApi } from "./threaded_keys.ts";

let keyStore: KeyStore | undefined;
let vault: Promise<Vault> | undefined;
let sealGroup: SealGroup | undefined;

const tellFatal = serveCalls<KeysApi>(self, {
  async run(url, name, args) {
    if (name === "close" && !keyStore) return;
    try {
      keyStore ??= openWatched(url);
      return await Reflect.apply(keyStore[name], keyStore, args);
    } catch (error) {
      if (error instanceof FatalStoreError) {
        tellFatal({ message: error.message, hint: error.hint });
      }
      throw error;
    } finally {
      // What is sealed from now on must not be by a key that is gone.
      if (name === "destroy" || name === "retire") {
        (await vault)?.forget(args[0] as string[]);
      }
    }
  },
  async seal(sealing, group) {
    vault ??= openVault(sealing);
    sealGroup ??= groupSealer(await vault, {
      onFatal: (fault) => tellFatal(fault),
    });
    return await sealGroup(group);
  },
  async lacking(sealing) {
    return await (await (vault ??= openVault(sealing))).held.lacking();
  },
  async putBack(sealing, owners) {
    return await (await (vault ??= openVault(sealing))).held.putBack(owners);
  },
});

function openWatched(url: string): KeyStore {
  return openKeyStore(url, { isWatched: true });
}

/** Its key store is already checked. */
async function openVault({ keys, keyStoreUrl }: Sealing): Promise<Vault> {
  keyStore ??= openWatched(keyStoreUrl);
  return new Vault(await Keyring.import(keys), keyStore);
}

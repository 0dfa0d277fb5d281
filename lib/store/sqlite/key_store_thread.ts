// The thread of a key store, so that nothing else waits for its syncs.

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { FatalStoreError } from "../../errors.ts";
import { serveCalls } from "../../threads/call.ts";
import { SqliteKeyStore } from "./key_store.ts";
import type { KeyStoreApi } from "./threaded_key_store.ts";

let keyStore: SqliteKeyStore | undefined;

const tellFatal = serveCalls<KeyStoreApi>(self, {
  async run(path, name, args) {
    if (name === "close" && !keyStore) return;
    try {
      keyStore ??= new SqliteKeyStore(path);
      return await Reflect.apply(keyStore[name], keyStore, args);
    } catch (error) {
      if (error instanceof FatalStoreError) {
        tellFatal({ message: error.message, hint: error.hint });
      }
      throw error;
    }
  },
});

import { assertRejects } from "@std/assert";
import { openThreadedKeys } from "../../lib/app/threaded_keys.ts";
import { StoreError } from "../../lib/errors.ts";
import { encryptionKey } from "../support/sealed_store.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testKeyStore } from "../store/key_store_conformance.ts";

const keys = [encryptionKey("k1")];

testKeyStore("key store in a thread", async () => {
  const dir = await TempDir.make();
  const keyStoreUrl = `sqlite:${dir.path}/data/inbox.keys.db`;
  return {
    open: () => openThreadedKeys({ keys, keyStoreUrl }).keyStore,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}, { isKept: true });

Deno.test("a file that is no key store is told by each call to its thread", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/other.db`;
  await Deno.writeTextFile(path, "no database, but longer than nothing");
  const keyStoreUrl = `sqlite:${path}`;
  const { keyStore, sealGroup } = openThreadedKeys({ keys, keyStoreUrl });
  await assertRejects(() => keyStore.notes(), StoreError, "key store");
  const group = {
    events: [],
    memory: new SharedArrayBuffer(0),
    generation: 0,
  };
  await assertRejects(() => sealGroup(group), StoreError, "key store");
  await keyStore.close();
});

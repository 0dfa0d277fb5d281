import { assert, assertEquals } from "@std/assert";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { SqliteKeyStore } from "../../lib/store/sqlite/key_store.ts";
import type { Store } from "../../lib/store/store.ts";
import { openVault } from "../../lib/vault/open_vault.ts";
import { SealedStore } from "../../lib/vault/sealed_store.ts";
import { UnusedKeys } from "../../lib/vault/unused_keys.ts";
import { deliveries } from "../support/deliveries.ts";
import { encryptionKey } from "../support/sealed_store.ts";

const OBJECT = "inq_1";
const EVENTS = 100;

/** Calls back soon, whatever the delay. */
function setTimer(callback: () => void): () => void {
  const timer = setTimeout(callback);
  return () => clearTimeout(timer);
}

Deno.test("stop() does not wait until all is sealed anew; the next start goes on with it", async () => {
  const store = await openSqliteStore(":memory:", { bodyBytesMax: 1 << 20 });
  const keys = new SqliteKeyStore(":memory:");
  const vault = await openVault([encryptionKey("k1")], keys);
  const sealed = new SealedStore(store, vault, { setTimer: () => () => {} });
  for (const one of deliveries(EVENTS)) await sealed.accept(one);
  const retired = await keys.retire([OBJECT]);
  const erased = await store.erase({
    objectIds: [OBJECT],
    eventIds: [],
    throughSeq: 1,
    beforeMs: 0,
    erasedAtMs: 1,
    links: [],
  });
  assertEquals(erased, "erased");

  const begun = Promise.withResolvers<void>();
  let pages = 0;
  const counting: Pick<
    Store,
    "openReader" | "exclusively" | "replacePayloads"
  > = {
    openReader: (options) => store.openReader(options),
    exclusively: (action) => store.exclusively(action),
    replacePayloads: (replaced) => {
      pages++;
      begun.resolve();
      return store.replacePayloads(replaced);
    },
  };
  const first = new UnusedKeys(counting, vault, { setTimer });
  await begun.promise;
  await first.stop();
  const before = pages;
  assert(before < 3, `${before} pages`);
  assert(typeof await keys.get(retired[0]!) === "object");

  const second = new UnusedKeys(counting, vault, { setTimer });
  while (await keys.get(retired[0]!) !== "destroyed") {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await second.stop();
  assert(pages > before);
  const reader = sealed.openReader();
  for (const { id, body } of deliveries(EVENTS).slice(1)) {
    assertEquals((await reader.get(id))?.body, body);
  }
  reader.close();
  await sealed.close();
});

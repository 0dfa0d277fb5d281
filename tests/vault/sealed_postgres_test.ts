import { assertEquals } from "@std/assert";
import {
  openSealedOutboxes,
  openSealedReader,
  openSealedStore,
} from "../../lib/app/open_sealed.ts";
import { keyStoreBeside } from "../../lib/store/open_store.ts";
import { readPostgresUrl } from "../../lib/store/postgres_url.ts";
import { lazyReader } from "../support/lazy_reader.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { OpenStore } from "../support/open_store.ts";
import { encryptionKey } from "../support/sealed_store.ts";
import { delivery } from "../support/deliveries.ts";
import { placeTests, type StoreAdapter } from "../support/store_adapter.ts";
import { testDamage } from "./damage.ts";
import { testErasedKeys } from "./erased_keys.ts";
import { testStore } from "../store/conformance.ts";
import { testDispatches } from "../store/dispatch_conformance.ts";
import { testLinks } from "../store/link_conformance.ts";
import { testLoad } from "../store/load_conformance.ts";
import { testSharing } from "../store/shared_conformance.ts";

const KEY = encryptionKey("k1");

const reason = await whyNoPostgres();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

const POSTGRES: StoreAdapter = {
  name: "sealed postgres",
  isKept: true,
  isShared: true,
  ...(reason !== undefined && { whyIgnored: reason }),
  place: () => Promise.resolve(makePlace()),
};

function makePlace() {
  const storeUrl = cluster!.schema();
  const config = { storeUrl, encryptionKeys: [KEY], keyStoreUrl: null };
  const [store = "", keys = ""] = [storeUrl, keyStoreBeside(storeUrl)].map(
    (url) => {
      const result = readPostgresUrl(url);
      if (!result.ok) throw new Error(result.fault);
      return result.place.schema;
    },
  );
  return {
    storeUrl,
    store,
    keys,
    open: () => openSealedStore(config, { bodyBytesMax: 1 << 20 }),
    openReader: () => lazyReader(openSealedReader(config)),
    [Symbol.asyncDispose]: async () =>
      void await cluster!.sql(
        `DROP SCHEMA IF EXISTS ${store}, ${keys}, ${store}_erasures CASCADE`,
      ),
  };
}

testStore(POSTGRES);
testSharing(POSTGRES);
testDispatches(POSTGRES);
testLoad(POSTGRES);
testLinks(POSTGRES);

const NEWER = { createdAtMs: 1_760_000_000_000 };
const ERASURE = {
  objectIds: ["inq_1"],
  eventIds: [],
  throughSeq: 1,
  beforeMs: NEWER.createdAtMs - 1,
  erasedAtMs: NEWER.createdAtMs,
  links: [],
};

placeTests(POSTGRES)(
  "what is stored by one process while another destroys the key of its object can be read",
  async (place) => {
    const a = new OpenStore(await place.open());
    const b = new OpenStore(await place.open());
    // From now on it has the key of the object in memory.
    await b.accept(delivery("evt_1"));
    assertEquals(await a.store.erase(ERASURE), "erased");
    await b.accept(delivery("evt_2", NEWER));
    const outside = place.openReader!();
    const check = async (ids: readonly string[]) => {
      for (const id of ids) {
        for (const reader of [b.reader, outside]) {
          const { row, body, unreadable } = (await reader.get(id))!;
          if (row.status === "erased") continue;
          assertEquals([body, unreadable], [delivery(id).body, undefined], id);
        }
      }
    };
    await check(["evt_2"]);
    // And at that moment.
    const ids = Array.from({ length: 100 }, (_, i) => `evt_n${i}`);
    const storing = ids.map(async (id, i) => {
      await new Promise((resolve) => setTimeout(resolve, 2 * i));
      const objectId = `inq_${i % 2 + 1}`;
      return await b.store.accept(delivery(id, { ...NEWER, objectId }));
    });
    for (let i = 0; i < 4; i++) {
      const { seq: throughSeq } = await a.reader.end();
      const objectIds = ["inq_1", "inq_2"];
      const erasure = { ...ERASURE, objectIds, throughSeq };
      assertEquals(await a.store.erase(erasure), "erased");
    }
    const results = await Promise.all(storing);
    assertEquals(results.filter(({ ok }) => !ok), []);
    await check(ids);
    outside.close();
    await a.close();
    await b.close();
  },
);

testDamage("sealed postgres", () => {
  const { store, keys, open, ...place } = makePlace();
  return Promise.resolve({
    ...place,
    open: async () => new OpenStore(await open()),
    sql: async (text) =>
      void await cluster!.sql(
        text.replaceAll("$s.", `${store}.`).replaceAll("$k.", `${keys}.`),
      ),
    flip: (column, at) =>
      `set_byte(${column}, ${at} - 1, get_byte(${column}, ${at} - 1) # 1)`,
    bytes: (text) => `convert_to('${text}', 'UTF8')`,
  });
}, reason);

testErasedKeys("sealed postgres", () => {
  const { storeUrl, keys, ...place } = makePlace();
  return {
    ...place,
    storeUrl,
    keysUrl: keyStoreBeside(storeUrl),
    openOutboxes(store) {
      const keyStoreUrl = keyStoreBeside(storeUrl);
      const sealing = { keys: [KEY], keyStoreUrl };
      return openSealedOutboxes(store.ticket!, sealing, {});
    },
    sql: async (text) =>
      void await cluster!.sql(text.replaceAll("$k.", `${keys}.`)),
  };
}, reason);

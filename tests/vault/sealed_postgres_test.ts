import {
  openSealedReader,
  openSealedStore,
} from "../../lib/app/open_sealed.ts";
import { keyStoreBeside } from "../../lib/store/open_store.ts";
import { readPostgresUrl } from "../../lib/store/postgres_url.ts";
import { lazyReader } from "../support/lazy_reader.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { OpenStore } from "../support/open_store.ts";
import { encryptionKey } from "../support/sealed_store.ts";
import type { StoreAdapter } from "../support/store_adapter.ts";
import { testDamage } from "./damage.ts";
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
    store,
    keys,
    open: () => openSealedStore(config, { bodyBytesMax: 1 << 20 }),
    openReader: () => lazyReader(openSealedReader(config)),
    [Symbol.asyncDispose]: async () =>
      void await cluster!.sql(
        `DROP SCHEMA IF EXISTS ${store}, ${keys} CASCADE`,
      ),
  };
}

testStore(POSTGRES);
testSharing(POSTGRES);
testDispatches(POSTGRES);
testLoad(POSTGRES);
testLinks(POSTGRES);

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

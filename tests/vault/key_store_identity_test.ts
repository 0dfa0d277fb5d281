import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  openSealedOutboxes,
  openSealedReader,
  openSealedStore,
} from "../../lib/app/open_sealed.ts";
import { UsageError } from "../../lib/errors.ts";
import { openReader } from "../../lib/store/open_store.ts";
import { readPostgresUrl } from "../../lib/store/postgres_url.ts";
import type { Store } from "../../lib/store/store.ts";
import type { StoreFault } from "../../lib/store/store_fault.ts";
import { isSealed } from "../../lib/vault/sealed_bytes.ts";
import { delivery } from "../support/deliveries.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { encryptionKey } from "../support/sealed_store.ts";
import { execSql } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const OPTIONS = { bodyBytesMax: 1 << 20 };
const KEY = encryptionKey("k1");
const EVENTS = 200;

const reason = await whyNoPostgres();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

/** A store with two places for its keys. */
interface Place extends AsyncDisposable {
  readonly storeUrl: string;
  readonly keyStoreUrls: readonly [own: string, other: string];
  /** Makes it a store of a version that did not remember its key store. */
  forget(): Promise<unknown>;
}

async function sqlitePlace(): Promise<Place> {
  const dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  return {
    storeUrl: `sqlite:${path}`,
    keyStoreUrls: [`sqlite:${dir.path}/a.db`, `sqlite:${dir.path}/b.db`],
    forget: () =>
      Promise.resolve(execSql(path, "UPDATE key_store SET id = NULL")),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

function postgresPlace(): Promise<Place> {
  const urls = [cluster!.schema(), cluster!.schema(), cluster!.schema()];
  const schemas = urls.map((url) => {
    const result = readPostgresUrl(url);
    if (!result.ok) throw new Error(result.fault);
    return result.place.schema;
  });
  return Promise.resolve({
    storeUrl: urls[0]!,
    keyStoreUrls: [urls[1]!, urls[2]!],
    forget: () => cluster!.sql(`UPDATE ${schemas[0]}.key_store SET id = NULL`),
    [Symbol.asyncDispose]: async () =>
      void await cluster!.sql(
        `DROP SCHEMA IF EXISTS ${schemas.join(", ")} CASCADE`,
      ),
  });
}

function configOf({ storeUrl }: Place, keyStoreUrl: string | null) {
  return { storeUrl, encryptionKeys: [KEY], keyStoreUrl };
}

function clearConfigOf({ storeUrl }: Place) {
  return { storeUrl, encryptionKeys: [], keyStoreUrl: null };
}

async function accept(store: Store, id: string): Promise<void> {
  assertEquals(await store.accept(delivery(id)), {
    ok: true,
    duplicate: false,
  });
}

async function sealedCount(storeUrl: string): Promise<number> {
  const reader = openReader(storeUrl);
  const rows = await reader.list({ limit: EVENTS });
  const events = await Promise.all(rows.map(({ id }) => reader.get(id)));
  reader.close();
  return events.filter((one) => one && isSealed(one.body)).length;
}

/** A store whose older events are sealed, and whose newest are not. */
async function makeMixed(place: Place, keyStoreUrl: string): Promise<void> {
  const clear = await openSealedStore(clearConfigOf(place), OPTIONS);
  const ids = Array.from({ length: EVENTS }, (_, i) => `evt_${i}`);
  await Promise.all(ids.map((id) => accept(clear, id)));
  await clear.close();
  // The pause after what is sealed first has no end.
  const options = { ...OPTIONS, setTimer: () => () => {} };
  const store = await openSealedStore(configOf(place, keyStoreUrl), options);
  while (await sealedCount(place.storeUrl) === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await store.close();
  const sealed = await sealedCount(place.storeUrl);
  assert(sealed > 0 && sealed < EVENTS, `${sealed} are sealed`);
}

for (
  const { name, makePlace, ignore } of [
    { name: "sqlite", makePlace: sqlitePlace, ignore: false },
    { name: "postgres", makePlace: postgresPlace, ignore: !cluster },
  ]
) {
  Deno.test({
    name:
      `${name}: a store that is partly sealed takes no other key store, and no start without keys`,
    ignore,
    async fn() {
      await using place = await makePlace();
      const [own, other] = place.keyStoreUrls;
      await makeMixed(place, own);
      const refuse = async () => {
        for (const config of [configOf(place, other), configOf(place, null)]) {
          const start = () => openSealedStore(config, OPTIONS);
          await assertRejects(start, UsageError, "put back the key store");
          const read = () => openSealedReader(config);
          await assertRejects(read, UsageError, "put back the key store");
        }
      };
      await refuse();
      const config = clearConfigOf(place);
      const start = () => openSealedStore(config, OPTIONS);
      await assertRejects(start, UsageError, "INBOX_ENCRYPTION_KEYS");
      await assertRejects(() => openSealedReader(config), UsageError);
      await place.forget();
      await refuse();
      const store = await openSealedStore(configOf(place, own), OPTIONS);
      await accept(store, "evt_last");
      await store.close();
      const reader = openReader(place.storeUrl);
      assert(await reader.keyStoreId() !== null);
      reader.close();
      await refuse();
    },
  });
}

Deno.test({
  name:
    "postgres: who runs without keys stores nothing any more once another has keys, and says why",
  ignore: !cluster,
  async fn() {
    await using place = await postgresPlace();
    const faults: StoreFault[] = [];
    const onFailure = (fault: StoreFault) => void faults.push(fault);
    const options = { ...OPTIONS, onFailure };
    const clear = await openSealedStore(clearConfigOf(place), options);
    await accept(clear, "evt_1");
    assertEquals(await clear.probe(), true);
    const config = configOf(place, place.keyStoreUrls[0]);
    const sealed = await openSealedStore(config, OPTIONS);
    const refused = { ok: false, reason: "failed" } as const;
    assertEquals(await clear.accept(delivery("evt_2")), refused);
    assertEquals(await clear.probe(), false);
    const words = faults.map(({ message }) => message);
    const fault =
      "Cannot store in the clear: other servers encrypt the payloads of this store";
    assertEquals(words, [fault, fault]);
    await accept(sealed, "evt_2");
    const outboxes = await openSealedOutboxes(clear.ticket!, null, {});
    const outbox = await outboxes.open("a", { attemptMsMax: 1_000 });
    await sealed.accept(delivery("evt_3"), ["a"]);
    let page = await outbox.pending({ afterSeq: 0, limit: 9 });
    while (page.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      page = await outbox.pending({ afterSeq: 0, limit: 9 });
    }
    const loaded = await outbox.load(page[0]!);
    assertEquals([loaded?.body.length, loaded?.unreadable], [0, "no-key"]);
    await outbox.close();
    await outboxes.close();
    assertEquals(await sealed.probe(), true);
    const throughSeq = 1;
    const erasure = {
      objectIds: ["inq_1"],
      eventIds: [],
      throughSeq,
      beforeMs: 0,
      erasedAtMs: 1,
    };
    assertEquals(await sealed.erase({ ...erasure, links: [] }), "erased");
    await clear.close();
    await sealed.close();
    assertEquals(await sealedCount(place.storeUrl), 2);
  },
});

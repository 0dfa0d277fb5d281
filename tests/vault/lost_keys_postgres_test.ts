/** Data keys that vanish from PostgreSQL while servers have them in memory. */

import { assert, assertEquals } from "@std/assert";
import { openSealedStore } from "../../lib/app/open_sealed.ts";
import { PostgresKeyStore } from "../../lib/store/postgres/key_store.ts";
import { readPostgresUrl } from "../../lib/store/postgres_url.ts";
import type { StoreFault } from "../../lib/store/store_fault.ts";
import { wrappedKey } from "../store/key_store_conformance.ts";
import { delivery } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { encryptionKey } from "../support/sealed_store.ts";

const reason = await whyNoPostgres();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

/** Without what looks at the keys by the time alone: it would meet what a slow test does to them. */
const OPTIONS = { bodyBytesMax: 1 << 20, setTimer: () => () => {} };

const REFUSED = { ok: false, reason: "failed" } as const;

/** Ways to lose the newest key under a server, each with the way back. */
const LOSSES: Readonly<
  Record<string, {
    /** Called before the newest key is made. */
    prepare?(name: string): Promise<unknown>;
    lose(name: string, url: string): Promise<unknown>;
    restore(name: string, url: string): Promise<unknown>;
    readonly fault: RegExp;
    /** True if the server itself puts back what is lost. */
    readonly isPutBack?: boolean;
  }>
> = {
  "an older copy takes its place": {
    prepare: copy,
    lose: (name) => swap(name, `${name}_older`, `${name}_newer`),
    restore: (name) => swap(name, `${name}_newer`, `${name}_older`),
    fault: /^The key store lacked 1 of the data keys in use.*: 1 put back$/,
    isPutBack: true,
  },
  "rows are restored in place, over living connections": {
    lose: (_, url) =>
      cluster!.sql(
        `DELETE FROM persona_inbox.data_keys WHERE owner = 'inq_1'`,
        url,
      ),
    restore: (_, url) =>
      cluster!.sql(
        `DELETE FROM persona_inbox.data_keys WHERE owner = 'inq_2'`,
        url,
      ),
    fault: /^The key store lacked 1 of the data keys in use.*: 1 put back$/,
    isPutBack: true,
  },
  "its schema is dropped, over living connections": {
    lose: (_, url) =>
      cluster!.sql("ALTER SCHEMA persona_inbox RENAME TO gone", url),
    restore: (_, url) =>
      cluster!.sql("ALTER SCHEMA gone RENAME TO persona_inbox", url),
    fault: /its tables are not there/,
  },
};

for (const [how, loss] of Object.entries(LOSSES)) {
  Deno.test({
    name:
      `a key store that has lost keys in use gets them back, or stops receiving: ${how}`,
    ignore: !cluster,
    async fn() {
      const [storeUrl, keyStoreUrl] = [
        cluster!.schema(),
        await cluster!.database(),
      ];
      const name = new URL(keyStoreUrl).pathname.slice(1);
      const faults: StoreFault[] = [];
      const onFailure = (fault: StoreFault) => void faults.push(fault);
      const options = { ...OPTIONS, onFailure };
      const config = {
        storeUrl,
        keyStoreUrl,
        encryptionKeys: [encryptionKey("k1")],
      };
      const store = new OpenStore(await openSealedStore(config, options));
      await store.accept(delivery("evt_0", { objectId: "inq_0" }));
      await loss.prepare?.(name);
      await store.accept(delivery("evt_1"));
      assertEquals(await store.store.probe(), true);
      assertEquals(faults, []);

      await loss.lose(name, keyStoreUrl);
      if (loss.isPutBack) {
        while (faults.length === 0) await store.store.probe();
        const [{ message, hint } = { message: "", hint: "" }] = faults;
        assert(loss.fault.test(message), message);
        assert(hint.startsWith("See what put"), hint);
        await store.accept(delivery("evt_2", { objectId: "inq_2" }));
        await store.accept(delivery("evt_3"));
        assertEquals((await store.get("evt_1")).body, delivery("evt_1").body);
        await loss.restore(name, keyStoreUrl);
        while (faults.length === 1) await store.store.probe();
        await store.accept(delivery("evt_4", { objectId: "inq_2" }));
        for (const id of ["evt_0", "evt_1", "evt_2", "evt_3", "evt_4"]) {
          assertEquals((await store.get(id)).body, delivery(id).body, id);
        }
        const owners = ["inq_0", "inq_1", "inq_2"];
        assertEquals(await livingKeys(keyStoreUrl), owners);
        await store.close();
        return;
      }
      while (await store.store.probe()) await sleep(10);
      for (const objectId of ["inq_0", "inq_1", "inq_2"]) {
        const event = delivery("evt_2", { objectId });
        assertEquals(await store.store.accept(event), REFUSED, objectId);
      }
      const [{ message, hint } = { message: "", hint: "" }] = faults;
      assert(loss.fault.test(message), message);
      assert(hint.startsWith("Put back the key store"), hint);

      await loss.restore(name, keyStoreUrl);
      while (!await store.store.probe()) await sleep(10);
      await store.accept(delivery("evt_3"));
      for (const id of ["evt_0", "evt_1", "evt_3"]) {
        assertEquals((await store.get(id)).body, delivery(id).body, id);
      }
      await store.close();
    },
  });
}

for (const who of ["this server", "another one"]) {
  Deno.test({
    name:
      `a key that an erasure by ${who} destroyed is not put back into an older copy`,
    ignore: !cluster,
    async fn() {
      const [storeUrl, keyStoreUrl] = [
        cluster!.schema(),
        await cluster!.database(),
      ];
      const name = new URL(keyStoreUrl).pathname.slice(1);
      const faults: string[] = [];
      const options = {
        ...OPTIONS,
        onFailure: ({ message }: StoreFault) => void faults.push(message),
      };
      const encryptionKeys = [encryptionKey("k1")];
      const config = { storeUrl, keyStoreUrl, encryptionKeys };
      const open = async () =>
        new OpenStore(await openSealedStore(config, options));
      const store = await open();
      const other = await open();
      await store.accept(delivery("evt_0", { objectId: "inq_0" }));
      await copy(name);
      for (const id of [1, 2, 3]) {
        const event = delivery(`evt_${id}`, { objectId: `inq_${id}` });
        await store.accept(event);
      }
      const eraser = who === "this server" ? store : other;
      const erased = {
        objectIds: ["inq_1"],
        eventIds: ["evt_1"],
        throughSeq: 9,
        beforeMs: Date.now(),
        erasedAtMs: Date.now(),
        links: [],
      };
      assertEquals(await eraser.store.erase(erased), "erased");
      assertEquals(await livingKeys(keyStoreUrl), ["inq_0", "inq_2", "inq_3"]);
      faults.length = 0;
      await swap(name, `${name}_older`, `${name}_newer`);
      assertEquals(await livingKeys(keyStoreUrl), ["inq_0"]);
      const told = () => faults.find((fault) => fault.includes("put back"));
      while (!told()) await store.store.probe();
      const lacked = who === "this server" ? 2 : 3;
      const fault =
        `The key store lacked ${lacked} of the data keys in use, as an older copy of it would: 2 put back`;
      assertEquals(told(), fault);
      assertEquals(await livingKeys(keyStoreUrl), ["inq_0", "inq_2", "inq_3"]);
      assertEquals((await store.get("evt_2")).body, delivery("evt_2").body);
      await store.accept(delivery("evt_4", { objectId: "inq_1" }));
      assertEquals(await store.store.probe(), true);
      await other.close();
      await store.close();
    },
  });
}

Deno.test({
  name:
    "PostgresKeyStore.check() tells of every connection that ends, and now and then",
  ignore: !cluster,
  async fn() {
    const result = readPostgresUrl(cluster!.schema());
    assert(result.ok);
    const keys = new PostgresKeyStore(result.place, Infinity);
    await keys.obtain([wrappedKey("inq_1", "a")]);
    const before = await keys.check();
    await keys.obtain([wrappedKey("inq_2", "b")]);
    assertEquals(await keys.check(), before);
    await cluster!.terminateConnections();
    while (await keys.check() === before) await sleep(10);
    await keys.close();

    const impatient = new PostgresKeyStore(result.place, 20);
    const first = await impatient.check();
    while (await impatient.check() === first) await sleep(10);
    await impatient.close();
  },
});

/** The owners of living keys. */
async function livingKeys(url: string): Promise<string[]> {
  const owners = await cluster!.sql(
    `SELECT owner FROM persona_inbox.data_keys
     WHERE wrapped IS NOT NULL AND owner <> '' ORDER BY owner`,
    url,
  );
  return owners.trim().split("\n");
}

async function swap(name: string, put: string, away: string): Promise<void> {
  await disconnect(name);
  await cluster!.sql(`ALTER DATABASE ${name} RENAME TO ${away}`);
  await cluster!.sql(`ALTER DATABASE ${put} RENAME TO ${name}`);
  await cluster!.sql(`ALTER DATABASE ${away} ALLOW_CONNECTIONS true`);
}

async function copy(name: string): Promise<void> {
  await disconnect(name);
  await cluster!.sql(`CREATE DATABASE ${name}_older TEMPLATE ${name}`);
  await cluster!.sql(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
}

/** Until it is allowed again, servers cannot connect. */
async function disconnect(name: string): Promise<void> {
  await cluster!.sql(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await cluster!.sql(
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
     WHERE datname = '${name}'`,
  );
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inspectKeys } from "../../lib/app/inspect_keys.ts";
import {
  openSealedOutboxes,
  openSealedReader,
  openSealedStore,
} from "../../lib/app/open_sealed.ts";
import { openSqliteReader } from "../../lib/store/sqlite/reader.ts";
import { backUpStore } from "../../lib/store/open_store.ts";
import { isSealed } from "../../lib/vault/sealed_bytes.ts";
import { delivery } from "../support/deliveries.ts";
import { attempt } from "../support/attempts.ts";
import { lazyReader } from "../support/lazy_reader.ts";
import { OpenStore } from "../support/open_store.ts";
import { encryptionKey } from "../support/sealed_store.ts";
import type { StoreAdapter } from "../support/store_adapter.ts";
import { execSql, filesIn } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";
import { testDamage } from "./damage.ts";
import { testErasedKeys } from "./erased_keys.ts";
import { testStore } from "../store/conformance.ts";
import { testDispatches } from "../store/dispatch_conformance.ts";
import { testLinks } from "../store/link_conformance.ts";
import { testListing } from "../store/list_conformance.ts";
import { testLoad } from "../store/load_conformance.ts";
import { testRetention } from "../store/retention_conformance.ts";
import { testTotals } from "../store/totals_conformance.ts";

const OPTIONS = { bodyBytesMax: 1 << 20 };
const KEY = encryptionKey("k1");

function configOf(storeUrl: string, keys = [KEY]) {
  return { storeUrl, encryptionKeys: keys, keyStoreUrl: null };
}

const FILE: StoreAdapter = {
  name: "sealed sqlite file",
  isKept: true,
  async place() {
    const dir = await TempDir.make();
    const config = configOf(`sqlite:${dir.path}/inbox.db`);
    return {
      open: () => openSealedStore(config, OPTIONS),
      openReader: () => lazyReader(openSealedReader(config)),
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  },
};

const MEMORY: StoreAdapter = {
  name: "sealed sqlite::memory:",
  isKept: false,
  place: () =>
    Promise.resolve({
      open: () => openSealedStore(configOf("sqlite::memory:"), OPTIONS),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};

for (const adapter of [FILE, MEMORY]) {
  testStore(adapter);
  testDispatches(adapter);
  testLoad(adapter);
  testListing(adapter);
  testTotals(adapter);
  testRetention(adapter);
  testLinks(adapter);
}

Deno.test("nothing of a payload is in the clear in a sealed store's files, and no value of an id is hidden", async () => {
  await using dir = await TempDir.make();
  const config = configOf(`sqlite:${dir.path}/inbox.db`);
  const open = new OpenStore(await openSealedStore(config, OPTIONS));
  const body = new TextEncoder().encode('{"name":"Canary-Jo"}');
  const seq = await open.accept(delivery("evt_1", { body }), ["a"]);
  await open.record(
    attempt({ seq, destination: "a" }, { output: "Canary-Jo" }),
  );
  await open.store.accept(delivery("evt_1", { body }));
  assertEquals((await open.get("evt_1")).body, body);
  assertEquals(await bytesIn(dir.path, "Canary-Jo"), []);
  assert((await bytesIn(dir.path, "inquiry.approved")).length > 0);
  await open.close();
  assertEquals(await bytesIn(dir.path, "Canary-Jo"), []);
});

testDamage("sealed sqlite file", async () => {
  const dir = await TempDir.make();
  const config = configOf(`sqlite:${dir.path}/inbox.db`);
  return {
    open: async () => new OpenStore(await openSealedStore(config, OPTIONS)),
    sql(text) {
      const name = text.includes("$k.") ? "inbox.keys.db" : "inbox.db";
      execSql(`${dir.path}/${name}`, text.replaceAll(/\$[sk]\./g, ""));
      return Promise.resolve();
    },
    flip: (column, at) =>
      `CAST(substr(${column}, 1, ${at} - 1) ||
        iif(substr(${column}, ${at}, 1) = x'08', x'09', x'08') ||
        substr(${column}, ${at} + 1) AS BLOB)`,
    bytes: (text) => `CAST('${text}' AS BLOB)`,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
});

testErasedKeys("sealed sqlite file", async () => {
  const dir = await TempDir.make();
  const config = configOf(`sqlite:${dir.path}/inbox.db`);
  const keysPath = `${dir.path}/inbox.keys.db`;
  return {
    storeUrl: config.storeUrl,
    keysUrl: `sqlite:${keysPath}`,
    openOutboxes(store) {
      const keyStoreUrl = `sqlite:${keysPath}`;
      const sealing = { keys: [KEY], keyStoreUrl };
      return openSealedOutboxes(store.ticket!, sealing, {});
    },
    open: () => openSealedStore(config, OPTIONS),
    sql(text) {
      execSql(keysPath, text.replaceAll("$k.", ""));
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
});

Deno.test("a store from before there were keys stays readable, and is sealed in the background", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const config = configOf(`sqlite:${path}`);
  const clear = new OpenStore(
    await openSealedStore({ ...config, encryptionKeys: [] }, OPTIONS),
  );
  const body = new TextEncoder().encode('{"name":"Canary-Jo"}');
  const old = delivery("evt_1", { body });
  const seq = await clear.accept(old, ["a"]);
  const output = "Canary-Jo";
  await clear.record(attempt({ seq, destination: "a" }, { output }));
  await clear.close();
  assert((await bytesIn(dir.path, "Canary-Jo")).length > 0);
  const open = new OpenStore(await openSealedStore(config, OPTIONS));
  const [warning] = open.store.warnings;
  assertStringIncludes(warning!.message, "1 events from before");
  const assertReadable = async () => {
    const { body, dispatches } = await open.get("evt_1");
    assertEquals(body, old.body);
    assertEquals(dispatches[0]?.attempts[0]?.output, "Canary-Jo");
  };
  await assertReadable();
  const raw = openSqliteReader(path);
  while (!isSealed((await raw.get("evt_1"))!.body)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  raw.close();
  await eventually(
    60_000,
    async () => (await inspectKeys(config))?.clear === 0,
    () => "nothing to be left in the clear",
  );
  assertEquals(await bytesIn(dir.path, "Canary-Jo"), [], "of the open store");
  await assertReadable();
  const copy = await open.store.accept(old);
  assertEquals(copy, { ok: true, duplicate: true });
  await open.accept(delivery("evt_2"));
  const other = delivery("evt_2", { body: new Uint8Array(9) });
  const differs = { ok: true, duplicate: true, differs: true } as const;
  assertEquals(await open.store.accept(other), differs);
  await open.close();
  assertEquals(await bytesIn(dir.path, "Canary-Jo"), []);
  const again = await openSealedStore(config, OPTIONS);
  assertEquals(again.warnings, []);
  await again.close();
});

Deno.test("a copy of a store that was being encrypted stays readable beside later data keys, and is encrypted again", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const config = configOf(`sqlite:${path}`);
  const clear = await openSealedStore(
    { ...config, encryptionKeys: [] },
    OPTIONS,
  );
  const all = Array.from({ length: 40 }, (_, n) => delivery(`evt_${n}`));
  await Promise.all(all.map((one) => clear.accept(one)));
  await clear.close();
  const rawSealed = async () => {
    const reader = openSqliteReader(path);
    const stored = await Promise.all(all.map(({ id }) => reader.get(id)));
    reader.close();
    return stored.filter((one) => one && isSealed(one.body)).length;
  };
  const allSealed = () =>
    eventually(
      60_000,
      async () => await rawSealed() === all.length,
      () => "all to be sealed",
    );

  const stopped = { ...OPTIONS, setTimer: () => () => {} };
  const begun = await openSealedStore(config, stopped);
  await eventually(60_000, async () => await rawSealed() > 0, () => "a batch");
  await begun.close();
  const count = await rawSealed();
  assert(count < all.length, `${count} are sealed already`);
  await Deno.copyFile(path, `${dir.path}/half.db`);
  const whole = await openSealedStore(config, OPTIONS);
  await allSealed();
  await whole.close();

  await Deno.rename(`${dir.path}/half.db`, path);
  const restored = new OpenStore(await openSealedStore(config, OPTIONS));
  assertEquals(restored.store.warnings.length, 1);
  for (const { id, body } of all) {
    assertEquals((await restored.get(id)).body, body);
  }
  await allSealed();
  await restored.close();
});

Deno.test("erase() destroys the key of what came before a redaction: no backup of the events has it any more", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const config = configOf(`sqlite:${path}`);
  const open = new OpenStore(await openSealedStore(config, OPTIONS));
  const seq = await open.accept(delivery("evt_1"));
  await open.accept(delivery("evt_2", { name: "inquiry.redacted" }));
  await open.accept(delivery("evt_3", { objectId: "inq_2" }));
  await backUpStore(`sqlite:${path}`, `${dir.path}/copy.db`);
  const erasure = {
    eventIds: [],
    throughSeq: seq,
    beforeMs: 0,
    erasedAtMs: 1,
    links: [],
  };
  assertEquals(
    await open.store.erase({ objectIds: ["inq_1"], ...erasure }),
    "erased",
  );
  assertEquals((await open.get("evt_2")).body, delivery("evt_2").body);
  await open.accept(delivery("evt_4"));
  assertEquals((await open.get("evt_4")).body, delivery("evt_4").body);
  await open.close();
  const reader = await openSealedReader({
    ...config,
    storeUrl: `sqlite:${dir.path}/copy.db`,
    keyStoreUrl: `sqlite:${dir.path}/inbox.keys.db`,
  });
  const read = async (id: string) => (await reader.get(id))?.unreadable;
  assertEquals(await read("evt_1"), "key-destroyed");
  assertEquals(await read("evt_2"), undefined);
  assertEquals(await read("evt_3"), undefined);
  reader.close();
});

async function bytesIn(folder: string, canary: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of filesIn(folder)) {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    const text = new TextDecoder("latin1").decode(bytes);
    if (text.includes(canary)) found.push(name);
  }
  return found;
}

/** Flips the lowest bit of a byte, or more of them, of the first body. */

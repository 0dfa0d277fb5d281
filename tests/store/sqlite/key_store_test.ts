import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../lib/errors.ts";
import type { KeyStore } from "../../../lib/store/key_store.ts";
import { backUpSqliteKeys } from "../../../lib/store/sqlite/backup_keys.ts";
import { SqliteKeyStore } from "../../../lib/store/sqlite/key_store.ts";
import { execSql, filesIn } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";
import {
  assertRetires,
  testKeyStore,
  wrappedKey,
} from "../key_store_conformance.ts";

function inFile(open: (path: string) => KeyStore) {
  return async () => {
    const dir = await TempDir.make();
    return {
      open: () => open(`${dir.path}/data/inbox.keys.db`),
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  };
}

testKeyStore(
  "sqlite key store",
  inFile((path) => new SqliteKeyStore(path)),
  { isKept: true },
);
testKeyStore("sqlite key store in memory", () =>
  Promise.resolve({
    open: () => new SqliteKeyStore(":memory:"),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }), { isKept: false });

Deno.test({
  name: "a key store can be read by its user alone, all of its files",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const store = new SqliteKeyStore(`${dir.path}/k.db`);
    await store.obtain([wrappedKey("inq_1", "a")]);
    const names = filesIn(dir.path);
    assertEquals(names.length, 3);
    for (const name of names) {
      const { mode } = Deno.statSync(`${dir.path}/${name}`);
      assertEquals(mode! & 0o777, 0o600, name);
    }
    await store.close();
  },
});

Deno.test("a key store of version 1 keeps its keys, and can retire them", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/k.db`;
  execSql(
    path,
    `CREATE TABLE data_keys (owner TEXT NOT NULL, id TEXT NOT NULL,
       wrapped_by TEXT NOT NULL, wrapped BLOB, PRIMARY KEY (owner, id)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE notes (name TEXT PRIMARY KEY, note BLOB NOT NULL
     ) STRICT, WITHOUT ROWID;
     INSERT INTO data_keys VALUES ('inq_1', 'a', 'k1', x'01');
     PRAGMA application_id = 0x50496b79;
     PRAGMA user_version = 1`,
  );
  await assertRetires(new SqliteKeyStore(path));
});

Deno.test("destroy() and scrub() leave no byte of the key in any file", async () => {
  await using dir = await TempDir.make();
  const store = new SqliteKeyStore(`${dir.path}/k.db`);
  const isThere = (canary: string) =>
    filesIn(dir.path).some((name) =>
      new TextDecoder("latin1").decode(Deno.readFileSync(`${dir.path}/${name}`))
        .includes(canary)
    );
  for (let i = 0; i < 50; i++) {
    await store.obtain([wrappedKey(`inq_${i}`, `canary-${i}`, "k1")]);
  }
  assert(isThere("inq_7 canary-7 k1"), "the canary is alive");
  await store.destroy(["inq_7"]);
  assert(!isThere("inq_7 canary-7 k1"));
  assert(isThere("inq_8 canary-8 k1"));
  const from = wrappedKey("inq_8", "canary-8");
  const to = { wrappedBy: "k2", wrapped: new Uint8Array(30) };
  assertEquals(await store.rewrap([{ from, to }]), 1);
  await store.scrub();
  assert(!isThere("inq_8 canary-8 k1"));
  await store.close();
});

Deno.test("a file that is no key store is left as it is", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/other.db`;
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE a (b)");
  other.close();
  const before = await Deno.readFile(path);
  const error = assertThrows(() => new SqliteKeyStore(path), StoreError);
  assert(error.message.includes("not a key store"), error.message);
  assertEquals(await Deno.readFile(path), before);
});

Deno.test("a key store that is no database names its own setting and its backup", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/keys.db`;
  await Deno.writeFile(path, new Uint8Array(5_000).fill(7));
  const { hint } = assertThrows(() => new SqliteKeyStore(path), StoreError);
  assert(hint.includes("INBOX_KEY_STORE"), hint);
});

Deno.test("a copy opens like the key store itself", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/keys.db`;
  const store = new SqliteKeyStore(path, { isWatched: true });
  const key = wrappedKey("inq_1", "1");
  await store.obtain([key]);
  await backUpSqliteKeys(path, `${dir.path}/copy.db`);
  await store.close();
  const copy = new SqliteKeyStore(`${dir.path}/copy.db`, { isWatched: true });
  assertEquals(await copy.get(key), key);
  await copy.close();
});

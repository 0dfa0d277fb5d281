import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../../lib/errors.ts";
import { openSqliteReader } from "../../../lib/store/sqlite/reader.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { SCHEMA_VERSION } from "../../../lib/store/sqlite/schema.ts";
import { deliveries, delivery } from "../../support/deliveries.ts";
import {
  execSql,
  filesIn,
  makeStore,
  pragmaOf,
  schemaVersionOf,
} from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";

const OPTIONS = { bodyBytesMax: 1 << 20 };

/** What is no store of this version's, and what opening it says. */
const REFUSED: [
  name: string,
  make: (path: string) => Promise<void> | void,
  message: string,
  hint: string,
][] = [
  [
    "a store of a newer version",
    async (path) => {
      await makeStore(path, deliveries(3));
      execSql(path, "PRAGMA user_version = 99; CREATE TABLE later (a)");
    },
    `its schema has version 99, this program knows up to ${SCHEMA_VERSION}`,
    "Use the newer persona-inbox that wrote it; nothing was changed",
  ],
  [
    "another program's database",
    (path) => execSql(path, "CREATE TABLE t (a); INSERT INTO t VALUES (1)"),
    "it is another program's database, not a persona-inbox store",
    "Choose another file with --store sqlite:PATH",
  ],
  [
    "another program's database with a version of its own",
    (path) => execSql(path, "PRAGMA user_version = 1; CREATE TABLE events (a)"),
    "it is another program's database, not a persona-inbox store",
    "Choose another file with --store sqlite:PATH",
  ],
  [
    "another program's database with a write-ahead log",
    (path) => execSql(path, "PRAGMA journal_mode = WAL; CREATE TABLE t (a)"),
    "it is another program's database, not a persona-inbox store",
    "Choose another file with --store sqlite:PATH",
  ],
  [
    "a text",
    (path) => Deno.writeTextFile(path, "no database\n".repeat(200)),
    "SQLite says file is not a database",
    "Choose another file with --store: this one is not a store",
  ],
  [
    "a short text",
    (path) => Deno.writeTextFile(path, "{}"),
    "SQLite says file is not a database",
    "Choose another file with --store: this one is not a store",
  ],
];

for (const [name, make, message, hint] of REFUSED) {
  Deno.test(`openSqliteStore() refuses ${name} and leaves it unchanged`, async () => {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    await make(path);
    const before = await Deno.readFile(path);
    const error = await assertRejects(
      () => openSqliteStore(path, OPTIONS),
      StoreError,
    );
    assertEquals(error.message, `Cannot open store at ${path}: ${message}`);
    assertEquals(error.hint, hint);
    assertEquals(await Deno.readFile(path), before);
    const others = filesIn(dir.path).filter((file) => file !== "inbox.db-lock");
    assertEquals(others, ["inbox.db"]);
  });

  Deno.test(`openSqliteReader() refuses ${name} and leaves it unchanged`, async () => {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    await make(path);
    const before = await Deno.readFile(path);
    const error = await assertRejects(
      // deno-lint-ignore require-await
      async () => openSqliteReader(path),
      StoreError,
    );
    assertEquals(error.message, `Cannot open store at ${path}: ${message}`);
    assertEquals(error.hint, hint);
    assertEquals(await Deno.readFile(path), before);
  });
}

Deno.test("openSqliteStore() creates folders, file and schema", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/a/b c/é.db`;
  await makeStore(path, [delivery("evt_1")]);
  assertEquals(schemaVersionOf(path), SCHEMA_VERSION);
  assertEquals(pragmaOf(path, "application_id"), 0x50496278);
  assertEquals(pragmaOf(path, "journal_mode"), "wal");
  assertEquals(pragmaOf(path, "page_size"), 16384);
  assertEquals(pragmaOf(path, "integrity_check"), "ok");
});

Deno.test("openSqliteStore() completes an interrupted creation", async () => {
  const table: [name: string, make: (path: string) => void][] = [
    ["an empty file", (path) => Deno.writeTextFileSync(path, "")],
    ["a header", (path) => execSql(path, "PRAGMA journal_mode = WAL")],
    ["an old header", (path) => execSql(path, "PRAGMA journal_mode = DELETE")],
  ];
  for (const [name, make] of table) {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    make(path);
    await makeStore(path, [delivery("evt_1")]);
    const reader = openSqliteReader(path);
    assert(await reader.get("evt_1"), name);
    reader.close();
  }
});

import { PROGRAM_NAME } from "../../../lib/program_name.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { StoreError } from "../../../lib/errors.ts";
import { openSqliteReader } from "../../../lib/store/sqlite/reader.ts";
import { SCHEMA_VERSION } from "../../../lib/store/sqlite/schema.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { delivery } from "../../support/deliveries.ts";
import { OpenStore } from "../../support/open_store.ts";
import {
  execSql,
  pragmaOf,
  schemaVersionOf,
} from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";
import {
  makeVersion1,
  VERSION_1_SENT as SENT,
} from "../../support/version_1_store.ts";

const OPTIONS = { bodyBytesMax: 1 << 20 };

Deno.test("openSqliteStore() migrates a store of version 1", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  makeVersion1(path);
  for (const stage of ["brought up to date", "opened again"]) {
    const open = new OpenStore(await openSqliteStore(path, OPTIONS));
    for (const [i, one] of SENT.entries()) {
      const { row, body, dispatches } = await open.get(one.id);
      assertEquals([row.seq, row.status, row.objectId, row.duplicates], [
        i + 1,
        "none",
        one.objectId,
        stage === "opened again" ? 1 : 0,
      ]);
      assertEquals([body, dispatches], [one.body, []]);
    }
    for (const objectId of ["inq_1", "inq_2"]) {
      const rows = await open.reader.list({ objectId, limit: 99 });
      const expected = SENT.filter((one) => one.objectId === objectId);
      assertEquals(
        rows.map(({ id }) => id),
        expected.map(({ id }) => id).reverse(),
        stage,
      );
    }
    assertEquals(await open.pendingCounts(), {}, "nothing is dispatched");
    for (const one of SENT) {
      const result = await open.store.accept(one, ["a"]);
      assertEquals(result, { ok: true, duplicate: true }, one.id);
    }
    assertEquals(await open.pendingCounts(), {});
    await open.close();
  }
  assertEquals(schemaVersionOf(path), SCHEMA_VERSION);
  assertEquals(pragmaOf(path, "application_id"), 0x50496278);
  assertEquals(pragmaOf(path, "integrity_check"), "ok");
});

Deno.test("events stored after a migration are dispatched, earlier ones on request", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  makeVersion1(path);
  const open = new OpenStore(await openSqliteStore(path, OPTIONS));
  const seq = await open.accept(delivery("evt_new"), ["a"]);
  await open.requeue([1, 9].map((seq) => ({ seq, destination: "a" })), 5);
  const pending = await open.pending("a");
  assertEquals(pending.map((one) => one.seq), [1, 9, seq]);
  const loaded = await open.load({ seq: 1, destination: "a" });
  assertEquals(loaded.body, SENT[0]!.body);
  await open.close();
});

Deno.test("readers refuse a store of version 1 unchanged and say how to migrate it", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  makeVersion1(path);
  const before = await Deno.readFile(path);
  const error = assertThrows(() => openSqliteReader(path), StoreError);
  assertEquals(
    error.message,
    `Cannot open store at ${path}: its schema has version 1, this program reads ${SCHEMA_VERSION}`,
  );
  assertEquals(
    error.hint,
    `Start ${PROGRAM_NAME} serve or dev of this version on it once: it brings the store up to date`,
  );
  assertEquals(await Deno.readFile(path), before);
});

Deno.test("openSqliteStore() leaves version 1 whole if the migration fails", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  makeVersion1(path);
  execSql(path, "CREATE TABLE attempts (a)"); // In the way of version 2.
  const error = await assertRejects(
    () => openSqliteStore(path, OPTIONS),
    StoreError,
  );
  assert(error.message.includes("SQLite says table attempts already exists"));
  assertEquals(schemaVersionOf(path), 1);
  execSql(path, "DROP TABLE attempts");
  const open = new OpenStore(await openSqliteStore(path, OPTIONS));
  const rows = await open.reader.list({ objectId: "inq_1", limit: 99 });
  assertEquals(rows.length, 4);
  await open.close();
});

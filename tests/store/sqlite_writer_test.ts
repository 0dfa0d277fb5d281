import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { SqliteWriter } from "../../lib/store/sqlite_writer.ts";
import { deliveries, delivery, unstorable } from "../support/deliveries.ts";
import { TempDir } from "../support/temp_dir.ts";

/** Makes something of a writer's and takes its connection from behind. */
function connectionOf(make: () => SqliteWriter): [SqliteWriter, DatabaseSync] {
  const { prepare } = DatabaseSync.prototype;
  let connection: DatabaseSync | undefined;
  DatabaseSync.prototype.prepare = function (...args) {
    connection ??= this;
    return prepare.apply(this, args);
  };
  try {
    const writer = make();
    assert(connection);
    return [writer, connection];
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
}

Deno.test("SqliteWriter writes so that a commit survives the power", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  for (const stage of ["new", "opened again"]) {
    const [writer, db] = connectionOf(() => new SqliteWriter(path));
    const table: [pragma: string, value: unknown][] = [
      ["journal_mode", "wal"],
      ["synchronous", 2],
      ["page_size", 16384],
      ["wal_autocheckpoint", 0],
      ["cache_size", -2048],
      ["user_version", 1],
    ];
    for (const [pragma, value] of table) {
      const row = db.prepare(`PRAGMA ${pragma}`).get();
      assertEquals(row?.[pragma], value, `${pragma}, ${stage}`);
    }
    assertEquals(db.prepare("PRAGMA busy_timeout").get()?.timeout, 2_000);
    writer.close();
  }
});

Deno.test("commit() undoes all of a batch that fails", () => {
  const writer = new SqliteWriter(":memory:");
  writer.commit([delivery("evt_1")]);
  const batch = [delivery("evt_2"), delivery("evt_1"), unstorable("evt_3")];
  for (let i = 0; i < 3; i++) assertThrows(() => writer.commit(batch));
  assertEquals(
    writer.commit([delivery("evt_2"), delivery("evt_1"), delivery("evt_3")]),
    [false, true, false],
  );
  writer.close();
});

Deno.test("commit() asks for a checkpoint when a batch fails", () => {
  let asked = 0;
  const writer = new SqliteWriter(":memory:", { onLogGrown: () => asked++ });
  assertThrows(() => writer.commit([unstorable("evt_1")]));
  assertEquals(asked, 1);
  writer.close();
});

Deno.test("commit() tells duplicates inside a batch from the first", () => {
  const writer = new SqliteWriter(":memory:");
  const [a, b] = deliveries(2);
  assertEquals(writer.commit([a!, b!, a!, a!, b!]), [
    false,
    false,
    true,
    true,
    true,
  ]);
  assertEquals(writer.commit([]), []);
  writer.close();
});

Deno.test("commit() asks for a checkpoint after each 4 MiB of bodies", () => {
  let asked = 0;
  const writer = new SqliteWriter(":memory:", { onLogGrown: () => asked++ });
  const body = new Uint8Array(1 << 20);
  const counts = deliveries(12).map((one) => {
    writer.commit([{ ...one, body }]);
    return asked;
  });
  assertEquals(counts, [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3]);
  writer.close();
});

Deno.test("probe() fails while the store does, and leaves nothing behind", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const writer = new SqliteWriter(path);
  const other = new DatabaseSync(path);
  writer.probe();
  other.exec("ALTER TABLE probe RENAME TO elsewhere");
  assertThrows(() => writer.probe());
  other.exec("ALTER TABLE elsewhere RENAME TO probe");
  writer.probe();
  const { count } = other.prepare("SELECT count(*) AS count FROM probe").get()!;
  assertEquals(count, 0);
  other.close();
  writer.close();
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { SqliteReader } from "../../../lib/store/sqlite/reader.ts";
import { SqliteWriter } from "../../../lib/store/sqlite/writer.ts";
import { attempt } from "../../support/attempts.ts";
import {
  batchOf,
  deliveries,
  delivery,
  unstorable,
} from "../../support/deliveries.ts";
import { TempDir } from "../../support/temp_dir.ts";

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
  writer.commit(batchOf([delivery("evt_1")]));
  const batch = [delivery("evt_2"), delivery("evt_1"), unstorable("evt_3")];
  for (let i = 0; i < 3; i++) assertThrows(() => writer.commit(batchOf(batch)));
  assertEquals(
    writer.commit(
      batchOf([delivery("evt_2"), delivery("evt_1"), delivery("evt_3")]),
    ),
    [false, true, false],
  );
  writer.close();
});

Deno.test("commit() undoes attempts and requeues of a batch that fails", async () => {
  const writer = new SqliteWriter(":memory:");
  const reader = new SqliteReader(writer.connection, () => {});
  writer.commit(batchOf([delivery("evt_1")], ["a"]));
  const before = await reader.get("evt_1");
  const key = { seq: 1, destination: "a" };
  const requeues = [{ keys: [{ ...key, destination: "b" }], dueAtMs: 5 }];
  const bad = attempt(key, { durationMs: 1.5 });
  for (const records of [[attempt(key), bad], [bad, attempt(key)]]) {
    const batch = { ...batchOf([delivery("evt_2")], ["a"]), records, requeues };
    assertThrows(() => writer.commit(batch));
    assertEquals(await reader.get("evt_1"), before);
    assertEquals(await reader.get("evt_2"), undefined);
  }
  writer.commit({ ...batchOf([]), records: [attempt(key)], requeues });
  const { row, dispatches } = (await reader.get("evt_1"))!;
  assertEquals(row.status, "pending");
  assertEquals(dispatches.map(({ status }) => status), ["done", "pending"]);
  writer.close();
});

Deno.test("commit() requeues after it records: who asks for a replay gets it", async () => {
  const writer = new SqliteWriter(":memory:");
  const reader = new SqliteReader(writer.connection, () => {});
  writer.commit(batchOf([delivery("evt_1")], ["a"]));
  const key = { seq: 1, destination: "a" };
  writer.commit({
    ...batchOf([]),
    records: [attempt(key)],
    requeues: [{ keys: [key], dueAtMs: 5 }],
  });
  const [dispatch] = (await reader.get("evt_1"))!.dispatches;
  assertEquals([dispatch?.status, dispatch?.dueAtMs], ["pending", 5]);
  assertEquals(dispatch?.attempts.length, 1);
  writer.close();
});

Deno.test("commit() asks for a checkpoint when a batch fails", () => {
  let asked = 0;
  const writer = new SqliteWriter(":memory:", { onLogGrown: () => asked++ });
  assertThrows(() => writer.commit(batchOf([unstorable("evt_1")])));
  assertEquals(asked, 1);
  writer.close();
});

Deno.test("commit() tells duplicates inside a batch from the first", () => {
  const writer = new SqliteWriter(":memory:");
  const [a, b] = deliveries(2);
  assertEquals(writer.commit(batchOf([a!, b!, a!, a!, b!])), [
    false,
    false,
    true,
    true,
    true,
  ]);
  assertEquals(writer.commit(batchOf([])), []);
  writer.close();
});

Deno.test("commit() asks for a checkpoint after each 4 MiB of bodies", () => {
  let asked = 0;
  const writer = new SqliteWriter(":memory:", { onLogGrown: () => asked++ });
  const body = new Uint8Array(1 << 20);
  const counts = deliveries(12).map((one) => {
    writer.commit(batchOf([{ ...one, body }]));
    return asked;
  });
  assertEquals(counts, [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3]);
  writer.close();
});

Deno.test("whatever is committed asks for a checkpoint in time", () => {
  const key = { seq: 1, destination: "a" };
  const none = batchOf([]);
  const requeue = { keys: Array(20_000).fill(key), dueAtMs: 5 };
  const output = "x".repeat(1 << 20);
  const table: [
    name: string,
    write: (writer: SqliteWriter) => void,
    timesMax: number,
  ][] = [
    ["small deliveries", (one) => one.commit(batchOf(deliveries(1))), 256],
    [
      "attempts",
      (one) => one.commit({ ...none, records: [attempt(key)] }),
      256,
    ],
    [
      "attempts with output",
      (one) => one.commit({ ...none, records: [attempt(key, { output })] }),
      4,
    ],
    [
      "large requeues",
      (one) => one.commit({ ...none, requeues: [requeue] }),
      1,
    ],
    ["probes", (one) => one.probe(), 32],
  ];
  for (const [name, write, timesMax] of table) {
    let asked = 0;
    const writer = new SqliteWriter(":memory:", { onLogGrown: () => asked++ });
    writer.commit(batchOf([delivery("evt_1")], ["a"]));
    for (let i = 0; i < timesMax; i++) write(writer);
    assertEquals(asked, 1, name);
    writer.close();
  }
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

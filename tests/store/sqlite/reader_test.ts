import { PROGRAM_NAME } from "../../../lib/program_name.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { StoreError } from "../../../lib/errors.ts";
import { openSqliteReader } from "../../../lib/store/sqlite/reader.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import type { EventFilter } from "../../../lib/store/event_filter.ts";
import type { Delivery } from "../../../lib/store/store.ts";
import { deliveries, delivery, idOf } from "../../support/deliveries.ts";
import { execSql, filesIn, makeStore } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";

const SENT: readonly Delivery[] = [
  delivery("evt_0", { name: "inquiry.created", objectId: "inq_1" }),
  delivery("evt_1", { name: "inquiry.approved", objectId: "inq_1" }),
  delivery("evt_2", { name: "report/watchlist.ready", objectId: "rep_1" }),
  delivery("evt_3", { name: "what?.x[1]", objectId: "inq_2" }),
  delivery("evt_4", { name: "whatA.x1", objectId: null }),
  delivery("evt_5", { name: "Inquiry.Approved", objectId: "INQ_1" }),
].map((one, i) => ({ ...one, receivedAtMs: 1_000 + i }));

async function listed(path: string, filter: EventFilter): Promise<string> {
  const reader = openSqliteReader(path);
  try {
    const rows = await reader.list(filter);
    return rows.map(({ id }) => id.slice(4)).join("");
  } finally {
    reader.close();
  }
}

Deno.test("list() returns matching events, newest first", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path, SENT);
  const table: [filter: Partial<EventFilter>, expected: string][] = [
    [{}, "543210"],
    [{ names: [] }, "543210"],
    [{ limit: 2 }, "54"],
    [{ limit: 6 }, "543210"],
    [{ names: ["*"] }, "543210"],
    [{ names: ["inquiry.*"] }, "10"],
    [{ names: ["inquiry.approved"] }, "1"],
    [{ names: ["inquiry"] }, ""],
    [{ names: [""] }, ""],
    [{ names: ["*.ready", "inquiry.c*"] }, "20"],
    [{ names: ["report/*"] }, "2"],
    [{ names: ["what?.x*"] }, "3"],
    [{ names: ["what*.x[1]"] }, "3"],
    [{ names: ["*[1]"] }, "3"],
    [{ names: ["*]"] }, "3"],
    [{ names: ["what[A-Z].x1"] }, ""],
    [{ names: ["what?.x1"] }, ""],
    [{ names: ["' OR 1=1 --"] }, ""],
    [{ objectId: "inq_1" }, "10"],
    [{ objectId: "inq_*" }, ""],
    [{ objectId: "" }, ""],
    [{ receivedSinceMs: 1_003 }, "543"],
    [{ receivedSinceMs: 1_006 }, ""],
    [{ receivedSinceMs: -1 }, "543210"],
    [{ receivedSinceMs: 1_002.5 }, "543"],
    [{ names: ["inquiry.*"], objectId: "inq_1", receivedSinceMs: 1_001 }, "1"],
    [{ names: ["inquiry.*", "*"], objectId: "inq_1", limit: 1 }, "1"],
  ];
  for (const [filter, expected] of table) {
    const found = await listed(path, { limit: 100, ...filter });
    assertEquals(found, expected, JSON.stringify(filter));
  }
});

Deno.test("list() and get() see the latest commit", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: 1024 });
  const reader = openSqliteReader(path);
  assertEquals(await reader.list({ limit: 9 }), []);
  for (const [i, one] of SENT.entries()) {
    await store.accept(one);
    const [row] = await reader.list({ limit: 1 });
    const { body, contentType, ...rest } = one;
    const counts = { duplicates: 0, duplicatesDiffering: 0 };
    const expected = { ...rest, seq: i + 1, ...counts, status: "none" };
    assertEquals<unknown>(row, expected);
    const stored = {
      row: row!,
      body,
      contentType,
      headers: null,
      dispatches: [],
    };
    assertEquals(await reader.get(one.id), stored);
  }
  await store.accept(SENT[0]!);
  assertEquals((await reader.get("evt_0"))?.row.duplicates, 1);
  await store.close();
  assertEquals((await reader.list({ limit: 9 })).length, SENT.length);
  reader.close();
});

Deno.test("get() and list() find events before and after they are indexed", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const count = 30_000; // So many that the first ones have settled.
  const store = await openSqliteStore(path, { bodyBytesMax: 1024 });
  const reader = openSqliteReader(path);
  for (let start = 0; start < count; start += 2_000) {
    const sent = deliveries(2_000, start).map((one, i) => ({
      ...one,
      objectId: `inq_${i % 400}`,
    }));
    await Promise.all(sent.map((one) => store.accept(one)));
    const rows = await reader.list({ objectId: "inq_7", limit: 1_000 });
    assertEquals(rows.length, 5 * (start / 2_000 + 1));
    const numbers = rows.map(({ seq }) => (seq - 1) % 400);
    assertEquals(new Set(numbers), new Set([7]));
    for (const n of [0, start, start + 1_999]) {
      assertEquals((await reader.get(idOf(n)))?.row.id, idOf(n));
    }
    assertEquals(await reader.get(idOf(start + 2_000)), undefined);
  }
  await Promise.all(deliveries(count).map((one) => store.accept(one)));
  for (let n = 0; n < count; n += 997) {
    const stored = await reader.get(idOf(n));
    assertEquals(stored?.row.duplicates, 1, idOf(n));
  }
  reader.close();
  await store.close();
});

Deno.test("get() returns undefined for anything but a stored id", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path, SENT);
  const reader = openSqliteReader(path);
  for (const id of ["", "evt_", "EVT_0", "evt_0 ", "evt_%", "*", "'", "0"]) {
    assertEquals(await reader.get(id), undefined, id);
  }
  reader.close();
});

Deno.test("openSqliteReader() never changes the file", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path, SENT);
  const before = await Deno.readFile(path);
  for (let i = 0; i < 3; i++) {
    const reader = openSqliteReader(path);
    assertEquals((await reader.list({ limit: 9 })).length, SENT.length);
    assert(await reader.get("evt_3"));
    reader.close();
    assertEquals(await Deno.readFile(path), before);
  }
});

Deno.test("openSqliteReader() creates no store", async () => {
  await using dir = await TempDir.make();
  const hint =
    `Start ${PROGRAM_NAME} serve or dev first, or name its store with --store sqlite:PATH`;
  await dir.write("empty.db", "");
  const table: [path: string, message: string][] = [
    [`${dir.path}/none.db`, "there is no store"],
    [`${dir.path}/none/none.db`, "there is no store"],
    [dir.path, "there is no store"],
    [
      `${dir.path}/empty.db`,
      "it is an empty file, not a persona-inbox store",
    ],
  ];
  for (const [path, message] of table) {
    const error = assertThrows(() => openSqliteReader(path), StoreError);
    assertEquals(error.message, `Cannot open store at ${path}: ${message}`);
    assertEquals(error.hint, hint);
  }
  assertEquals(filesIn(dir.path), ["empty.db"]);
});

Deno.test("list() fails instead of omitting what it cannot read", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path, SENT);
  const reader = openSqliteReader(path);
  execSql(path, "ALTER TABLE events RENAME TO elsewhere");
  const message = "Cannot read the store: SQLite says no such table: events";
  for (
    const read of [
      () => reader.list({ limit: 9 }),
      () => reader.get("evt_0"),
      () => reader.end(),
      () => reader.news({ seq: 0, attemptSeq: 0 }, 9),
    ]
  ) {
    const error = await assertRejects(read, StoreError);
    assertEquals(error.message, message);
  }
  reader.close();
});

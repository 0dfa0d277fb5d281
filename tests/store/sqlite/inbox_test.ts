import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import type { Store, StoreChange } from "../../../lib/store/store.ts";
import { attempt } from "../../support/attempts.ts";
import { deliveries, delivery, unstorable } from "../../support/deliveries.ts";
import { OpenStore } from "../../support/open_store.ts";
import { TempDir } from "../../support/temp_dir.ts";

const STORED = { ok: true, duplicate: false } as const;
const DUPLICATE = { ok: true, duplicate: true } as const;
const FAILED = { ok: false, reason: "failed" } as const;

function openMemory(): Promise<Store> {
  return openSqliteStore(":memory:", { bodyBytesMax: 1 << 20 });
}

/** Every connection that is made meanwhile, by what it is first asked for. */
async function connectionsOf<Made>(
  make: () => Promise<Made>,
): Promise<[Made, DatabaseSync[]]> {
  const { prepare } = DatabaseSync.prototype;
  const connections = new Set<DatabaseSync>();
  DatabaseSync.prototype.prepare = function (...args) {
    connections.add(this);
    return prepare.apply(this, args);
  };
  try {
    const made = await make();
    return [made, [...connections]];
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
}

Deno.test("both clients of a SQLite store use the same write settings", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  for (const stage of ["new", "opened again"]) {
    const [open, connections] = await connectionsOf(async () =>
      new OpenStore(await openSqliteStore(path, { bodyBytesMax: 1 << 20 }))
    );
    assertEquals(connections.length, 2);
    const table: [pragma: string, value: unknown][] = [
      ["journal_mode", "wal"],
      ["synchronous", 1],
      ["page_size", 16384],
      ["wal_autocheckpoint", 0],
      ["cache_size", -2048],
    ];
    for (const db of connections) {
      for (const [pragma, value] of table) {
        const row = db.prepare(`PRAGMA ${pragma}`).get();
        assertEquals(row?.[pragma], value, `${pragma}, ${stage}`);
      }
      assertEquals(db.prepare("PRAGMA busy_timeout").get()?.timeout, 0);
    }
    await open.close();
  }
});

Deno.test("accept() stores the neighbors of a delivery that cannot be stored", async () => {
  const faults: unknown[] = [];
  const open = new OpenStore(
    await openSqliteStore(":memory:", {
      bodyBytesMax: 1 << 20,
      onFailure: (fault) => faults.push(fault.message),
    }),
  );
  const { store } = open;
  const seq = await open.accept(delivery("evt_1"), ["a"]);
  const results = await Promise.all([
    store.accept(delivery("evt_2"), ["a"]),
    store.accept(delivery("evt_1")),
    store.accept(unstorable("evt_3")),
    store.requeue({ keys: [{ seq, destination: "b" }], dueAtMs: 5 }),
    store.accept(delivery("evt_4")),
  ]);
  assertEquals(results, [STORED, DUPLICATE, FAILED, true, STORED]);
  assertEquals(faults.length, 1, "what failed is told once");
  assertEquals((await open.get("evt_1")).row.duplicates, 1, "counted once");
  assertEquals(await open.statusesOf("evt_1"), "pending: a pending, b pending");
  assertEquals(await open.statusesOf("evt_2"), "pending: a pending");
  assertEquals(await open.reader.get("evt_3"), undefined);
  assertEquals(await store.accept(delivery("evt_3")), STORED);
  await open.close();
});

Deno.test("record() stores the neighbors of a record that cannot be stored", async () => {
  const open = new OpenStore(await openMemory());
  const seq = await open.accept(delivery("evt_1"), ["a"]);
  const key = { seq, destination: "a" };
  const bad = attempt(key, { durationMs: 1.5 });
  const outbox = await open.outbox("a");
  for (const records of [[attempt(key), bad], [bad, attempt(key)]]) {
    const results = await Promise.all(records.map((one) => outbox.record(one)));
    assertEquals(results, records.map((one) => one !== bad));
  }
  assert(await outbox.record(attempt(key)));
  assertEquals(await open.statusesOf("evt_1"), "done: a done");
  await open.close();
});

Deno.test("onChange() reports commits that made dispatches pending", async () => {
  const open = new OpenStore(await openMemory());
  const { store } = open;
  const changes: StoreChange[] = [];
  store.onChange((change) => void changes.push(change));
  const [one, two, three] = deliveries(3);
  await store.accept(one!);
  assertEquals(changes, []);
  await store.accept(two!, ["a"]);
  assertEquals(changes.splice(0), [{}]);
  await open.record(attempt({ seq: 2, destination: "a" }));
  assertEquals(changes, []);
  const keys = [2, 1].map((seq) => ({ seq, destination: "a" }));
  await Promise.all([
    store.accept(three!, ["a"]),
    store.requeue({ keys, dueAtMs: 1 }),
    store.requeue({ keys: [], dueAtMs: 1 }),
  ]);
  assertEquals(changes.splice(0), [{ fromSeq: 1 }]);
  await store.accept(unstorable("evt_9"), ["a"]);
  assertEquals(changes, [], "nothing was stored");
  await open.close();
});

Deno.test("probe() fails while the store does and leaves nothing behind", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  const other = new DatabaseSync(path);
  assert(await store.probe());
  other.exec("ALTER TABLE probe RENAME TO elsewhere");
  assertEquals(await store.probe(), false);
  other.exec("ALTER TABLE elsewhere RENAME TO probe");
  assert(await store.probe());
  const { count } = other.prepare("SELECT count(*) AS count FROM probe").get()!;
  assertEquals(count, 0);
  other.close();
  await store.close();
});

Deno.test("publishLocalUrl() works as the first commit and with an unchanged URL", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const faults: unknown[] = [];
  for (const id of ["evt_1", "evt_2"]) {
    const store = await openSqliteStore(path, {
      bodyBytesMax: 1 << 20,
      onFailure: (fault) => void faults.push(fault),
    });
    assert(await store.publishLocalUrl(null)); // Nothing changes.
    assertEquals(await store.accept(delivery(id)), STORED);
    await store.close();
  }
  assertEquals(faults, []);
});

import { dirname } from "node:path";
import { PROGRAM_NAME } from "../../../lib/program_name.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../../lib/errors.ts";
import { openThreadedReader } from "../../../lib/store/sqlite/threaded_reader.ts";
import { openSqliteReader } from "../../../lib/store/sqlite/reader.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import type { EventReader } from "../../../lib/store/event_reader.ts";
import { attempt } from "../../support/attempts.ts";
import { deliveries, delivery, idOf } from "../../support/deliveries.ts";
import { OpenStore } from "../../support/open_store.ts";
import type { StoreAdapter } from "../../support/store_adapter.ts";
import { execSql, filesIn, makeStore } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { testListing } from "../list_conformance.ts";
import { testTotals } from "../totals_conformance.ts";

/** A store in a file whose readers are in other threads. */
const THREADED: StoreAdapter = {
  name: "threaded reader",
  isKept: true,
  async place() {
    const dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    const openReader = () => openThreadedReader(path);
    return {
      async open() {
        const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
        return Object.defineProperty(store, "openReader", {
          value: openReader,
        });
      },
      openReader,
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  },
};

testListing(THREADED);
testTotals(THREADED);

/** Every read there is, each with arguments. */
const READS: Record<
  keyof Omit<EventReader, "close">,
  (reader: EventReader) => Promise<unknown>
> = {
  list: (reader) => reader.list({ limit: 9 }),
  idsWithPrefix: (reader) =>
    reader.idsWithPrefix({ prefix: "evt_", of: "event", limit: 9 }),
  get: (reader) => reader.get("evt_000001"),
  dispatches: (reader) => reader.dispatches([1, 2]),
  end: (reader) => reader.end(),
  news: (reader) => reader.news({ seq: 0, attemptSeq: 0 }, 9),
  totals: (reader) => reader.totals(),
  linkProgress: (reader) => reader.linkProgress(),
  unlinked: (reader) => reader.unlinked({ afterSeq: 5, limit: 9 }),
  linkedObjects: (reader) => reader.linkedObjects({ tokens: ["t"], limit: 9 }),
  pauses: (reader) => reader.pauses(),
  holds: (reader) => reader.holds(0),
  holdsOfLinks: (reader) => reader.holdsOfLinks({ tokens: [], nowMs: 0 }),
  heldOf: (reader) => reader.heldOf({ objectIds: ["inq_1"], nowMs: 0 }),
  dueErasures: (reader) => reader.dueErasures({ nowMs: 0, limit: 1 }),
  keyStoreId: (reader) => reader.keyStoreId(),
  newestSealed: (reader) => reader.newestSealed(),
  erasedAmong: (reader) => reader.erasedAmong(["inq_1", "evt_000001"]),
  erasures: (reader) => reader.erasures(),
  retention: (reader) => reader.retention(),
  kept: (reader) => reader.kept({ afterSeq: 0, limit: 9 }),
};

/** Runs a test on a file with some events, dispatches and attempts. */
async function withStore(
  test: (path: string) => Promise<void>,
): Promise<void> {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  const open = new OpenStore(store);
  for (const one of deliveries(20)) {
    const seq = await open.accept(one, ["a", "b"]);
    await open.record(attempt({ seq, destination: "a" }, { output: "é" }));
  }
  await open.close();
  await test(path);
}

Deno.test("openThreadedReader() returns the same as a reader in this thread", async () => {
  await withStore(async (path) => {
    const threaded = openThreadedReader(path);
    const local = openSqliteReader(path);
    for (const [name, read] of Object.entries(READS)) {
      assertEquals(await read(threaded), await read(local), name);
    }
    assertEquals(await threaded.get("none"), undefined);
    threaded.close();
    local.close();
  });
});

Deno.test("openThreadedReader() answers each of many reads at once", async () => {
  await withStore(async (path) => {
    const threaded = openThreadedReader(path);
    const reads = Array.from({ length: 200 }, (_, i) => {
      const n = i % 25;
      return threaded.get(idOf(n)).then((found) =>
        assertEquals(found?.row.id, n < 20 ? idOf(n) : undefined)
      );
    });
    const ends = Array.from({ length: 50 }, () => threaded.end());
    await Promise.all(reads);
    const end = { seq: 20, attemptSeq: 20 };
    for (const place of await Promise.all(ends)) assertEquals(place, end);
    threaded.close();
  });
});

Deno.test("openThreadedReader() starts nothing before the first read", async () => {
  // A worker that was started and not ended would be found by the sanitizer.
  openThreadedReader("/nowhere/inbox.db");
  const closed = openThreadedReader("/nowhere/inbox.db");
  closed.close();
  closed.close();
  for (const [name, read] of Object.entries(READS)) {
    const error = await assertRejects(() => read(closed), StoreError, "", name);
    assertEquals(
      error.message,
      "Cannot read the store: it was closed",
    );
  }
});

Deno.test("close() of a threaded reader rejects pending reads", async () => {
  await withStore(async (path) => {
    const threaded = openThreadedReader(path);
    const reads = [
      threaded.end(),
      threaded.list({ limit: 9 }),
      threaded.totals(),
    ];
    threaded.close();
    for (const read of reads) {
      const error = await assertRejects(() => read as Promise<unknown>);
      assert(error instanceof StoreError && error.hint !== "");
    }
  });
});

Deno.test("a threaded reader reports a fault and recovers once it is fixed", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const threaded = openThreadedReader(path);
  for (const [name, read] of Object.entries(READS)) {
    const error = await assertRejects(
      () => read(threaded),
      StoreError,
      "",
      name,
    );
    assertEquals(
      error.message,
      `Cannot open store at ${path}: there is no store`,
    );
    assert(error.hint.startsWith(`Start ${PROGRAM_NAME} serve or dev first`));
  }
  await makeStore(path, [delivery("evt_1")]);
  assertEquals((await threaded.list({ limit: 9 })).length, 1);

  execSql(path, "ALTER TABLE events RENAME TO elsewhere");
  const error = await assertRejects(
    () => threaded.list({ limit: 9 }),
    StoreError,
  );
  assertEquals(
    error.message,
    "Cannot read the store: SQLite says no such table: events",
  );
  execSql(path, "ALTER TABLE elsewhere RENAME TO events");
  assertEquals((await threaded.list({ limit: 9 })).length, 1);
  threaded.close();
});

Deno.test("a store that is closed leaves no log, whatever its readers were doing", async () =>
  await withStore(async (path) => {
    for (let i = 0; i < 20; i++) {
      const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
      const reader = store.openReader();
      await reader.end();
      const reads = [1, 2, 3].map(() => reader.list({ limit: 1_000 }));
      const event = delivery(`evt_late${i}`);
      assert((await store.accept(event)).ok);
      const rejected = Promise.allSettled(reads);
      reader.close();
      assert(await store.close());
      await rejected;
      assertEquals(filesIn(dirname(path)).filter(isOfLog), [], `close ${i}`);
    }
  }));

function isOfLog(name: string): boolean {
  return /^inbox\.db-(?:wal|shm)$/.test(name);
}

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../lib/errors.ts";
import { lockStore } from "../../../lib/store/sqlite/lock.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { delivery, unstorable } from "../../support/deliveries.ts";
import { TempDir } from "../../support/temp_dir.ts";

const STORED = { ok: true, duplicate: false } as const;
const FAILED = { ok: false, reason: "failed" } as const;

function collectFaults() {
  const faults: { message: string; hint: string }[] = [];
  return {
    faults,
    options: {
      bodyBytesMax: 1 << 20,
      onFailure: (fault: { message: string; hint: string }) =>
        void faults.push(fault),
    },
  };
}

async function assertLocked(path: string): Promise<void> {
  const error = await assertRejects(
    () => openSqliteStore(path, { bodyBytesMax: 1 << 20 }),
    StoreError,
  );
  assertEquals(
    error.message,
    `Cannot open store at ${path}: another persona-inbox is writing to it`,
  );
  assertEquals(
    error.hint,
    "End the other one first, or choose another file with --store sqlite:PATH",
  );
}

Deno.test("openSqliteStore() refuses a second writer without affecting the first", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const { faults, options } = collectFaults();
  const first = await openSqliteStore(path, options);
  assertEquals(await first.accept(delivery("evt_1")), STORED);
  await assertLocked(path);
  assertEquals(await first.accept(delivery("evt_2")), STORED);
  await assertLocked(path);
  await first.close();
  assertEquals(faults, []);
});

Deno.test({
  name: "openSqliteStore() recognizes a store through any link",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    const link = `${dir.path}/link.db`;
    await Deno.symlink(path, link);
    const first = await openSqliteStore(path, { bodyBytesMax: 1024 });
    await assertLocked(link);
    await first.close();
    const second = await openSqliteStore(link, { bodyBytesMax: 1024 });
    await assertLocked(path);
    await second.close();
    // Where the link leads nothing needs to be yet.
    await Deno.symlink("later.db", `${dir.path}/early.db`);
    await Deno.symlink("early.db", `${dir.path}/earlier.db`);
    const early = `${dir.path}/earlier.db`;
    const third = await openSqliteStore(early, { bodyBytesMax: 1024 });
    await assertLocked(`${dir.path}/later.db`);
    await assertLocked(`${dir.path}/early.db`);
    const { mode } = await Deno.stat(`${dir.path}/later.db`);
    assertEquals((mode ?? 0) & 0o777, 0o600);
    await third.close();
  },
});

Deno.test("close() lets the next writer in", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  for (let i = 0; i < 3; i++) {
    const store = await openSqliteStore(path, { bodyBytesMax: 1024 });
    assertEquals(await store.accept(delivery(`evt_${i}`)), STORED);
    await store.close();
  }
});

Deno.test({
  name:
    "close() lets the next writer in while child processes are being spawned",
  // Between fork and exec a child has a copy of the descriptor that holds the lock.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    const source = `for (;;) {
      const child = new Deno.Command("true", { stdout: "null" });
      await Promise.all([child.output(), child.output()]);
    }`;
    const url = `data:application/javascript,${encodeURIComponent(source)}`;
    const workers = [1, 2, 3].map(() => new Worker(url, { type: "module" }));
    try {
      for (let i = 0; i < 300; i++) (await lockStore(path)).close();
    } finally {
      for (const worker of workers) worker.terminate();
    }
  },
});

Deno.test("openSqliteStore() holds no lock after it failed", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await dir.write("inbox.db", "no database");
  await assertRejects(() => openSqliteStore(path, { bodyBytesMax: 1024 }));
  await Deno.remove(path);
  const store = await openSqliteStore(path, { bodyBytesMax: 1024 });
  assertEquals(await store.accept(delivery("evt_1")), STORED);
  await store.close();
});

Deno.test("accept() fails while another program locks the store and recovers", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const { faults, options } = collectFaults();
  const store = await openSqliteStore(path, options);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  assertEquals(await store.accept(delivery("evt_1")), FAILED);
  assertEquals(faults, [{
    message: "SQLite says database is locked",
    hint: "Another program holds a lock on the store: end it",
  }]);
  other.exec("ROLLBACK");
  assertEquals(await store.accept(delivery("evt_1")), STORED);
  assertEquals(await store.probe(), true);
  other.close();
  await store.close();
});

Deno.test("accept() stores the valid part of a batch in a file and goes on", async () => {
  await using dir = await TempDir.make();
  const { faults, options } = collectFaults();
  const store = await openSqliteStore(`${dir.path}/inbox.db`, options);
  assertEquals(await store.accept(delivery("evt_1")), STORED);
  const batch = [delivery("evt_2"), unstorable("evt_3"), delivery("evt_1")];
  const results = await Promise.all(batch.map((one) => store.accept(one)));
  const duplicate = { ok: true, duplicate: true } as const;
  assertEquals(results, [STORED, FAILED, duplicate]);
  assertEquals(faults.length, 1);
  assertEquals(await store.accept(delivery("evt_2")), duplicate);
  assertEquals(await store.accept(delivery("evt_3")), STORED);
  await store.close();
});

Deno.test({
  name: "a store keeps SQLite's locks when its dispatching side ends",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
    const outboxes = store.openOutboxes();
    assertEquals(await store.accept(delivery("evt_1")), STORED);
    await outboxes.close();
    // Once this one is lost, another process may truncate the file under us.
    const { ino } = await Deno.stat(`${path}-shm`);
    const lock = new RegExp(` READ +${Deno.pid} \\S+:${ino} 128 128\n`);
    assertMatch(await Deno.readTextFile("/proc/locks"), lock);
    await store.close();
  },
});

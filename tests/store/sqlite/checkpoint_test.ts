import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Checkpoints } from "../../../lib/store/sqlite/checkpoints.ts";
import { StoreGate } from "../../../lib/store/sqlite/store_gate.ts";
import { openSqliteReader } from "../../../lib/store/sqlite/reader.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { attempt } from "../../support/attempts.ts";
import { deliveries, delivery } from "../../support/deliveries.ts";
import { canLoseSyncs, LossyDisk } from "../../support/lossy_sync.ts";
import { filesIn, makeStore } from "../../support/store_files.ts";
import { OpenStore } from "../../support/open_store.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { eventually } from "../../support/within.ts";

const MEBIBYTE = 1 << 20;

/** A store whose checkpointer is at work, and the size of its log since then. */
async function openCheckpointed(path: string) {
  const store = await openSqliteStore(path, { bodyBytesMax: MEBIBYTE });
  const sizeOf = async (file: string) => (await Deno.stat(file)).size;
  const before = await sizeOf(path);
  const body = new Uint8Array(MEBIBYTE);
  let last = 0;
  await eventually(60_000, async () => {
    const one = delivery(`evt_checkpoint_${last++}`, { body });
    assert((await store.accept(one)).ok);
    return await sizeOf(path) > before;
  }, () => "the checkpointer, a thread that takes its time to start");
  const logBytes = await sizeOf(`${path}-wal`);
  const logGrowth = async () => await sizeOf(`${path}-wal`) - logBytes;
  return { store, logGrowth };
}

Deno.test("the write-ahead log stays small while much is written", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const { store, logGrowth } = await openCheckpointed(path);
  const body = new Uint8Array(MEBIBYTE / 4);
  let largest = 0;
  for (let round = 0; round < 60; round++) {
    const results = await Promise.all(
      deliveries(4, round * 4).map((one) => store.accept({ ...one, body })),
    );
    assert(results.every(({ ok }) => ok));
    // Only stat: to open and close the file would drop SQLite's locks on it.
    largest = Math.max(largest, await logGrowth());
  }
  assert(largest < 40 * MEBIBYTE, `the log grew by ${largest} bytes`);
  await store.close();
  assertEquals(filesIn(dir.path), ["inbox.db", "inbox.db-lock"]);
});

Deno.test("the write-ahead log stays small while little is written often", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const { store, logGrowth } = await openCheckpointed(path);
  const open = new OpenStore(store);
  const seq = await open.accept(delivery("evt_1"), ["a"]);
  const key = { seq, destination: "a" };
  const outbox = await open.outbox("a");
  const table: [name: string, times: number, write: () => Promise<boolean>][] =
    [
      ["attempts", 1_500, () => outbox.record(attempt(key))],
      ["requeues", 1_800, () => store.requeue({ keys: [key], dueAtMs: 1 })],
      ["probes", 250, () => store.probe()],
    ];
  for (const [name, times, write] of table) {
    for (let i = 0; i < times; i++) assert(await write());
    const growth = await logGrowth(); // Some 55 MB have gone through it.
    assert(growth < 40 * MEBIBYTE, `${name}: it grew by ${growth} bytes`);
  }
  await open.close();
});

Deno.test("open readers do not block checkpoints", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const { store, logGrowth } = await openCheckpointed(path);
  await Promise.all(deliveries(100).map((one) => store.accept(one, ["a"])));
  const reader = openSqliteReader(path);
  const [latest] = await reader.list({ limit: 100 });
  assertEquals(latest?.id, "evt_000099");
  const seq = latest!.seq;
  assert(await reader.get("evt_000001"));
  assertEquals((await reader.dispatches([seq, seq - 1])).size, 2);
  const news = await reader.news({ seq: seq - 90, attemptSeq: 0 }, 50);
  assertEquals(news.events.length, 50);
  assertEquals((await reader.end()).seq, seq);
  const open = new OpenStore(store);
  assertEquals((await open.pending("a")).length, 100);
  assert(await open.load({ seq, destination: "a" }));
  assertEquals(await open.pendingCounts(), { a: 100 });
  const body = new Uint8Array(MEBIBYTE);
  for (let round = 0; round < 40; round++) {
    const [one] = deliveries(1, 1_000 + round);
    assert((await store.accept({ ...one!, body })).ok);
  }
  const growth = await logGrowth();
  assert(growth < 30 * MEBIBYTE, `the log grew by ${growth} bytes`);
  reader.close();
  await open.close();
});

Deno.test({
  name: "a full disk fails deliveries and nothing else",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const script = new URL("../../support/fill_store.ts", import.meta.url);
    // A limit on the size of files stands in for a disk; the database meets it in
    // the checkpointer first.
    const command = new Deno.Command("sh", {
      args: [
        "-c",
        `trap '' XFSZ; ulimit -f 20480; exec "$0" run -A --no-check "$1" "$2"`,
        Deno.execPath(),
        script.href,
        `${dir.path}/inbox.db`,
      ],
      env: { NO_COLOR: "1" },
    });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stderr), "");
    assertEquals(code, 0);
    const { stored, faults } = JSON.parse(decoder.decode(stdout));
    assert(faults.length > 0, "the disk must be full");
    for (const fault of faults) assert(/I\/O error|is full/.test(fault), fault);

    const reader = openSqliteReader(`${dir.path}/inbox.db`);
    const rows = await reader.list({ limit: 1_000 });
    const kept = rows.map(({ id }) => id);
    reader.close();
    assertEquals(kept.reverse(), stored);
  },
});

Deno.test({
  name: "nobody reads a database whose sync failed, or overwrites its log",
  ignore: !canLoseSyncs,
  async fn() {
    await using disk = await LossyDisk.make();
    const path = `${disk.path}/inbox.db`;
    await makeStore(path);
    const script = new URL("../../support/lose_database.ts", import.meta.url);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script.pathname, path, disk.trigger],
      env: { ...disk.env, NO_COLOR: "1" },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  },
});

Deno.test("what is to be overwritten is, also at the end and while somebody reads the store", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: MEBIBYTE });
  const body = new TextEncoder().encode("Canary-Jo");
  assert((await store.accept(delivery("evt_1", { body }))).ok);
  await store.close();
  const isThere = async () =>
    new TextDecoder("latin1").decode(await Deno.readFile(path))
      .includes("Canary-Jo");
  assert(await isThere());

  using reader = new DatabaseSync(path);
  reader.exec(`
    PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
    PRAGMA secure_delete = ON;
    UPDATE bodies SET body = zeroblob(length(body))`);
  const gate = new StoreGate();
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void (fault && faults.push(fault));
  const checkpoints = new Checkpoints(path, gate, {
    onFault,
    onFatal: onFault,
  });
  gate.requestScrub();
  await checkpoints.close(() => {});
  assert(!await isThere());
  assertEquals(faults, []);
});

import { assert, assertEquals } from "@std/assert";
import { openSqliteReader } from "../../lib/store/sqlite_reader.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import { deliveries } from "../support/deliveries.ts";
import { filesIn } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const MEBIBYTE = 1 << 20;

Deno.test("the write-ahead log stays small while much is written", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: MEBIBYTE });
  const body = new Uint8Array(MEBIBYTE / 4);
  let largest = 0;
  for (let round = 0; round < 60; round++) {
    const results = await Promise.all(
      deliveries(4, round * 4).map((one) => store.accept({ ...one, body })),
    );
    assert(results.every(({ ok }) => ok));
    // Only stat: to open and close the file would drop SQLite's locks on it.
    largest = Math.max(largest, (await Deno.stat(`${path}-wal`)).size);
  }
  assert(largest < 40 * MEBIBYTE, `the log grew to ${largest} bytes`);
  await store.close();
  assertEquals(filesIn(dir.path), ["inbox.db", "inbox.db-lock"]);
});

Deno.test("a listing that nobody finishes holds the log back for no time", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: MEBIBYTE });
  await Promise.all(deliveries(100).map((one) => store.accept(one)));
  const reader = openSqliteReader(path);
  const listing = reader.list({ limit: 100 })[Symbol.iterator]();
  assertEquals(listing.next().value?.id, "evt_000099");
  const body = new Uint8Array(MEBIBYTE);
  for (let round = 0; round < 40; round++) {
    const [one] = deliveries(1, 1_000 + round);
    assert((await store.accept({ ...one!, body })).ok);
  }
  const { size } = await Deno.stat(`${path}-wal`);
  assert(size < 30 * MEBIBYTE, `the log grew to ${size} bytes`);
  reader.close();
  await store.close();
});

Deno.test({
  name: "a full disk fails deliveries, and nothing else",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const script = new URL("../support/fill_store.ts", import.meta.url);
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
    const kept = [...reader.list({ limit: 1_000 })].map(({ id }) => id);
    reader.close();
    assertEquals(kept.reverse(), stored);
  },
});

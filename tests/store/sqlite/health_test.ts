import { assert, assertEquals, assertThrows } from "@std/assert";
import { StoreError } from "../../../lib/errors.ts";
import { readSqliteHealth } from "../../../lib/store/sqlite/health.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { deliveries, delivery } from "../../support/deliveries.ts";
import { filesIn, makeStore } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";

Deno.test("readSqliteHealth() reports whether a store is held and changes no data", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  assertEquals(readSqliteHealth(path), undefined);
  assertEquals(filesIn(dir.path), []);
  await makeStore(path, deliveries(3));
  const bytesBefore = await Deno.readFile(path);
  const { size: bytes } = await Deno.stat(path);
  const well = { bytes, logBytes: 0, isSound: true, warnings: [] };
  assertEquals(readSqliteHealth(path), { ...well, isHeld: false });
  assertEquals(await Deno.readFile(path), bytesBefore);

  const link = `${dir.path}/link.db`;
  await Deno.symlink(path, link);
  const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  try {
    for (const name of [path, link]) {
      assertEquals(readSqliteHealth(name)?.isHeld, true, name);
    }
    const results = await Promise.all(
      deliveries(3, 3).map((one) => store.accept(one)),
    );
    assertEquals(results.map(({ ok }) => ok), [true, true, true]);
  } finally {
    await store.close();
  }
  assertEquals(readSqliteHealth(path)?.isHeld, false);
  const again = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  await again.close();
});

Deno.test("readSqliteHealth() finds a log without its index", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const copy = `${dir.path}/copy.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  assert((await store.accept(delivery("evt_1"))).ok);
  for (const end of ["", "-wal", "-shm"]) {
    await Deno.copyFile(`${path}${end}`, `${copy}${end}`);
  }
  const messages = (path: string) =>
    readSqliteHealth(path)?.warnings.map(({ message }) => message);
  assertEquals(messages(copy), []);
  await Deno.remove(`${copy}-shm`);
  assertEquals(messages(copy), [
    `${copy}-shm is missing beside the store's log: an end of the log that was cut off would not show`,
  ]);
  await store.close();
});

Deno.test("readSqliteHealth() finds damage", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path, deliveries(200));
  const bytes = await Deno.readFile(path);
  // All pages but the first one, which tells whose file it is.
  bytes.fill(0x5a, 16_384);
  await Deno.writeFile(path, bytes);
  assertEquals(readSqliteHealth(path)?.isSound, false);
});

Deno.test("readSqliteHealth() refuses anything but a store", async () => {
  await using dir = await TempDir.make();
  await dir.write(
    "text.db",
    "no database, but long enough for a header".repeat(9),
  );
  await dir.write("empty.db", "");
  for (const name of ["text.db", "empty.db"]) {
    assertThrows(() => readSqliteHealth(`${dir.path}/${name}`), StoreError);
  }
});

import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { deliveries, delivery } from "../../support/deliveries.ts";
import { execSql, makeStore } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";

const LONG_AGO = new Date("2026-01-15T12:00:00.000Z");

const STORED = { ok: true, duplicate: false } as const;
const FAILED = { ok: false, reason: "failed" } as const;

const GONE = /^Cannot store: .+ must be the file that was opened: /;
const CUT =
  /^Cannot store: .+ (?:must not lose what was written: it )?was cut off/;
/** From then on, as it may not show any more. */
const DAMAGED = /^Cannot store: the store was damaged while the server ran$/;

/** Opens a store with something in it, and gathers what it complains about. */
async function openWatched(path: string) {
  const faults: { message: string; hint: string }[] = [];
  await makeStore(path, deliveries(5));
  const store = await openSqliteStore(path, {
    bodyBytesMax: 1 << 20,
    onFailure: (fault) => void faults.push(fault),
  });
  assertEquals(await store.accept(delivery("evt_before")), STORED);
  assertEquals(await store.probe(), true);
  return { store, faults };
}

async function moveAway(path: string): Promise<void> {
  await Deno.rename(path, `${path}.away`);
}

async function moveBack(path: string): Promise<void> {
  await Deno.rename(`${path}.away`, path);
}

/** What happens to a store's files in a folder, and how it is made good again. */
const MISHAPS: [
  name: string,
  happen: (folder: string) => Promise<void>,
  fault: RegExp,
  mend?: (folder: string) => Promise<void>,
][] = [
  ["all files removed", async (folder) => {
    for (const { name } of await Array.fromAsync(Deno.readDir(folder))) {
      await Deno.remove(`${folder}/${name}`);
    }
  }, GONE],
  [
    "the folder removed",
    (folder) => Deno.remove(folder, { recursive: true }),
    GONE,
  ],
  [
    "the database removed",
    (folder) => Deno.remove(`${folder}/inbox.db`),
    GONE,
  ],
  ["the log removed", (folder) => Deno.remove(`${folder}/inbox.db-wal`), GONE],
  [
    "the index of the log removed",
    (folder) => Deno.remove(`${folder}/inbox.db-shm`),
    GONE,
  ],
  [
    "the lock removed",
    (folder) => Deno.remove(`${folder}/inbox.db-lock`),
    GONE,
  ],
  [
    "the database emptied",
    (folder) => Deno.truncate(`${folder}/inbox.db`),
    CUT,
  ],
  [
    "the database cut short",
    (folder) => Deno.truncate(`${folder}/inbox.db`, 16_384),
    CUT,
  ],
  ["the log emptied", (folder) => Deno.truncate(`${folder}/inbox.db-wal`), CUT],
  [
    "another database in its place",
    async (folder) => {
      await moveAway(`${folder}/inbox.db`);
      execSql(`${folder}/other.db`, "CREATE TABLE t (a)");
      await Deno.rename(`${folder}/other.db`, `${folder}/inbox.db`);
    },
    GONE,
    (folder) => moveBack(`${folder}/inbox.db`),
  ],
  ["the folder moved away", moveAway, GONE, moveBack],
  [
    "a file in the folder's place",
    async (folder) => {
      await moveAway(folder);
      await Deno.writeTextFile(folder, "");
    },
    GONE,
    async (folder) => {
      await Deno.remove(folder);
      await moveBack(folder);
    },
  ],
];

/** The second time in a folder that has not changed for long. */
const SETTLED = [false, true];

for (
  const [name, happen, fault, mend, isSettled] of SETTLED.flatMap((isSettled) =>
    MISHAPS.map(([name, happen, fault, mend]) =>
      [name, happen, fault, mend, isSettled] as const
    )
  )
) {
  Deno.test({
    name: `accept() and probe() fail with ${name}${
      isSettled ? ", long after the start" : ""
    }`,
    // What is damaged stays open to the end of the process: to close it moves the log.
    sanitizeResources: fault !== CUT,
    ignore: Deno.build.os === "windows", // It keeps open files where they are.
    async fn() {
      await using dir = await TempDir.make();
      const folder = `${dir.path}/data`;
      const { store, faults } = await openWatched(`${folder}/inbox.db`);
      try {
        if (isSettled) {
          await Deno.utime(folder, LONG_AGO, LONG_AGO);
          assertEquals(await store.probe(), true);
        }
        await happen(folder);
        for (let i = 0; i < 2; i++) {
          assertEquals(await store.accept(delivery("evt_1")), FAILED);
          assertEquals(await store.probe(), false);
        }
        assertEquals(await store.publishLocalUrl(null), false);
        assertEquals(faults.length, 5);
        for (const [i, { message, hint }] of faults.entries()) {
          const expected = fault === CUT && i > 0 ? DAMAGED : fault;
          assert(expected.test(message), message);
          assert(/restart|start it again/.test(hint), hint);
        }
        if (!mend) return;
        await mend(folder);
        assertEquals(await store.probe(), true);
        assertEquals(await store.accept(delivery("evt_1")), STORED);
        const again = await store.accept(delivery("evt_before"));
        assertEquals(again, { ok: true, duplicate: true });
        assertEquals(faults.length, 5);
      } finally {
        await store.close();
      }
    },
  });
}

Deno.test({
  name:
    "accept() fails for good once the database was cut, though it grows again",
  sanitizeResources: false, // As above.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    const { store, faults } = await openWatched(path);
    const { size } = await Deno.stat(path);
    await Deno.truncate(path, size / 2);
    assertEquals(await store.accept(delivery("evt_1")), FAILED);
    await Deno.truncate(path, 2 * size); // As a checkpoint makes it.
    assertEquals(await store.accept(delivery("evt_2")), FAILED);
    assertEquals(await store.probe(), false);
    assert(CUT.test(faults[0]!.message), faults[0]!.message);
    const log = await Deno.readFile(`${path}-wal`);
    assertEquals(await store.close(), false);
    // The next start needs it to tell what is missing.
    assertEquals(await Deno.readFile(`${path}-wal`), log);
  },
});

Deno.test({
  name: "accept() fails when a link to the store leads elsewhere",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const link = `${dir.path}/link.db`;
    await makeStore(`${dir.path}/a.db`);
    await makeStore(`${dir.path}/b.db`);
    await Deno.symlink(`${dir.path}/a.db`, link);
    const { store, faults } = await openWatched(link);
    await Deno.remove(link);
    await Deno.symlink(`${dir.path}/b.db`, link);
    assertEquals(await store.accept(delivery("evt_1")), FAILED);
    assert(GONE.test(faults[0]!.message), faults[0]!.message);
    await Deno.remove(link);
    await Deno.symlink(`${dir.path}/a.db`, link);
    assertEquals(await store.accept(delivery("evt_1")), STORED);
    await store.close();
  },
});

/** What programs beside us may do, and makes files shorter. */
const IN_ORDER: [name: string, sql: string, shorter: string][] = [
  ["empties the log", "PRAGMA wal_checkpoint(TRUNCATE)", "inbox.db-wal"],
  [
    "shrinks the database",
    "DROP TABLE ballast; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
    "inbox.db",
  ],
];

for (const [name, sql, shorter] of IN_ORDER) {
  Deno.test(`accept() goes on when another program ${name} in good order`, async () => {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    const { store, faults } = await openWatched(path);
    const other = new DatabaseSync(path);
    try {
      other.exec(`
        CREATE TABLE ballast (bytes);
        INSERT INTO ballast VALUES (zeroblob(1000000));
        PRAGMA wal_checkpoint(TRUNCATE);
      `);
      assertEquals(await store.accept(delivery("evt_1")), STORED);
      const sizeOf = async () =>
        (await Deno.stat(`${dir.path}/${shorter}`)).size;
      const before = await sizeOf();
      other.exec(sql);
      assert(await sizeOf() < before, "it must become shorter");
      assertEquals(await store.accept(delivery("evt_2")), STORED);
      assertEquals(await store.probe(), true);
      assertEquals(faults, []);
    } finally {
      other.close();
      await store.close();
    }
  });
}

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { StoreError } from "../../../lib/errors.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { runCommand } from "../../support/program.ts";
import { filesIn, makeStore } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";

const ignore = Deno.build.os === "windows";

/** What stands in the way of a store at `inbox.db` in a folder, and what is said. */
const TABLE: [
  name: string,
  make: (folder: string) => unknown,
  message: RegExp,
  hint: RegExp,
][] = [
  [
    "a folder",
    (folder) => Deno.mkdirSync(`${folder}/inbox.db`),
    /inbox\.db is a folder, not a file$/,
    /^Name a file in it: --store sqlite:.*inbox\.db\/inbox\.db$/,
  ],
  [
    "a pipe",
    (folder) => runCommand("mkfifo", [`${folder}/inbox.db`]),
    /inbox\.db is a pipe, not a file$/,
    /^Move .* away, or choose another file/,
  ],
  [
    "a device",
    (folder) => Deno.symlinkSync("/dev/null", `${folder}/inbox.db`),
    /\/dev\/null is a device, not a file$/,
    /choose another file/,
  ],
  [
    "a folder in place of its log",
    (folder) => Deno.mkdirSync(`${folder}/inbox.db-wal`),
    /inbox\.db-wal is a folder, not a file$/,
    /^Move .*inbox\.db-wal away/,
  ],
  [
    "a pipe in place of its index",
    (folder) => runCommand("mkfifo", [`${folder}/inbox.db-shm`]),
    /inbox\.db-shm is a pipe, not a file$/,
    /^Move .*inbox\.db-shm away/,
  ],
  [
    "a folder in place of its lock",
    (folder) => Deno.mkdirSync(`${folder}/inbox.db-lock`),
    /inbox\.db-lock is a folder, not a file$/,
    /^Move .*inbox\.db-lock away/,
  ],
  [
    "links that lead in a circle",
    (folder) => Deno.symlinkSync("inbox.db", `${folder}/inbox.db`),
    /: its symbolic links lead in a circle$/,
    /^Fix the links/,
  ],
  [
    "a link into a folder that is missing",
    (folder) => Deno.symlinkSync("none/real.db", `${folder}/inbox.db`),
    /: it is a link to .*none\/real\.db, whose folder does not exist$/,
    /^Create that folder, or mount the disk/,
  ],
  [
    "a second name",
    async (folder) => {
      await makeStore(`${folder}/inbox.db`);
      await Deno.link(`${folder}/inbox.db`, `${folder}/other.db`);
    },
    /inbox\.db has 2 names \(hard links\)/,
    /^Remove the other names/,
  ],
];

for (const [name, make, message, hint] of TABLE) {
  Deno.test({
    name: `openSqliteStore() refuses ${name} and leaves it unchanged`,
    ignore,
    async fn() {
      await using dir = await TempDir.make();
      await make(dir.path);
      const before = filesIn(dir.path);
      const error = await assertRejects(
        () =>
          openSqliteStore(`${dir.path}/inbox.db`, { bodyBytesMax: 1 << 20 }),
        StoreError,
      );
      assertMatch(error.message, /^Cannot open store at .*\/inbox\.db: /);
      assertMatch(error.message, message);
      assertMatch(error.hint, hint);
      const added = filesIn(dir.path).filter((file) => !before.includes(file));
      assert(added.every((file) => file.endsWith("-lock")), String(added));
    },
  });
}

Deno.test("openSqliteStore() refuses a folder that is a file", async () => {
  await using dir = await TempDir.make();
  await dir.write("file", "");
  for (const path of ["file/inbox.db", "file/more/inbox.db"]) {
    const error = await assertRejects(
      () => openSqliteStore(`${dir.path}/${path}`, { bodyBytesMax: 1 << 20 }),
      StoreError,
    );
    assertMatch(error.message, /folder$/);
  }
});

Deno.test({
  name: "openSqliteStore() follows a link to a file that is not there yet",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    await Deno.mkdir(`${dir.path}/disk`);
    await Deno.symlink("disk/real.db", `${dir.path}/inbox.db`);
    await makeStore(`${dir.path}/inbox.db`);
    assertEquals(filesIn(`${dir.path}/disk`), ["real.db", "real.db-lock"]);
  },
});

Deno.test({
  name:
    "openSqliteStore() ignores a leftover of its own check for a second name",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    await makeStore(path);
    await Deno.link(path, `${path}-link`); // As if killed in between.
    await makeStore(path);
    assertEquals(filesIn(dir.path), ["inbox.db", "inbox.db-lock"]);
    await dir.write("inbox.db-link", "somebody else's");
    await makeStore(path);
    const text = await Deno.readTextFile(`${path}-link`);
    assertEquals(text, "somebody else's");
  },
});

import { assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { delivery } from "../../support/deliveries.ts";
import { filesIn } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";

const ignore = Deno.build.os === "windows"; // It knows no modes.

/** What others may do with a folder and the files in it. */
async function modesIn(folder: string): Promise<Record<string, string>> {
  const modes: Record<string, string> = {};
  for (const name of [".", ...filesIn(folder)]) {
    const { mode } = await Deno.stat(`${folder}/${name}`);
    modes[name] = ((mode ?? 0) & 0o777).toString(8);
  }
  return modes;
}

/** The modes while a store is open and has been written to. */
async function modesOfOpen(path: string, folder: string) {
  const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  await store.accept(delivery("evt_1"));
  const modes = await modesIn(folder);
  await store.close();
  return modes;
}

Deno.test({
  name: "openSqliteStore() creates files that only this user can read",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    const folder = `${dir.path}/a/b`;
    const modes = await modesOfOpen(`${folder}/inbox.db`, folder);
    const { "inbox.db-lock-journal": journal = "600", ...others } = modes;
    assertEquals(journal, "600");
    assertEquals(others, {
      ".": "700",
      "inbox.db": "600",
      "inbox.db-lock": "600",
      "inbox.db-shm": "600",
      "inbox.db-wal": "600",
    });
    assertEquals((await modesIn(dir.path)).a, "700");
  },
});

Deno.test({
  name: "openSqliteStore() keeps the modes of existing files",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    const folder = `${dir.path}/data`;
    const path = `${folder}/inbox.db`;
    await modesOfOpen(path, folder);
    await Deno.chmod(folder, 0o750);
    await Deno.chmod(path, 0o640);
    await Deno.chmod(`${path}-lock`, 0o660);
    const modes = await modesOfOpen(path, folder);
    const { "inbox.db-lock-journal": journal = "660", ...others } = modes;
    assertEquals(journal, "660");
    assertEquals(others, {
      ".": "750",
      "inbox.db": "640",
      "inbox.db-lock": "660",
      "inbox.db-shm": "640",
      "inbox.db-wal": "640",
    });
  },
});

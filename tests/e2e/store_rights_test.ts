/** Files that this user may not write, and a disk without inodes, are told as such. */

import { assertEquals, assertMatch } from "@std/assert";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { runAsOther, whyNoOther } from "../support/other_user.ts";
import { runProgram, type RunResult } from "../support/program.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { filesIn, makeStore } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";
import { Tmpfs, whyNoTmpfs } from "../support/tmpfs.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };
const noOther = await whyNoOther();
const noTmpfs = await whyNoTmpfs();
const OTHER = 65534;

function serveArgs(path: string): string[] {
  return ["serve", "--port=0", "--admin-port=0", `--store=sqlite:${path}`];
}

function refuses({ code, stdout, stderr }: RunResult, why: RegExp): void {
  assertEquals([code, stdout], [1, ""], stderr);
  assertMatch(stderr, /^Cannot open store at [^\n]+\n[^\n]+\n$/);
  assertMatch(stderr, why);
}

/** What is root's own in a folder of the other user, and what that one is told. */
const TABLE: [name: string, end: string, mode: number, why: RegExp][] = [
  ["a database of another user", "", 0o600, /db: permission denied\n/],
  ["a database that is only readable", "", 0o444, /db: permission denied\n/],
  [
    "a log of another user",
    "-wal",
    0o600,
    /db: permission denied \(.*inbox\.db-wal\)\n/,
  ],
  [
    "a lock of another user",
    "-lock",
    0o600,
    /db: permission denied \(.*inbox\.db-lock\)\n/,
  ],
];

for (const [name, end, mode, why] of TABLE) {
  Deno.test({
    name: named(`${name} is told as such`, noOther),
    ignore: noOther !== undefined,
    async fn() {
      await using dir = await TempDir.make();
      const path = `${dir.path}/inbox.db`;
      await makeStore(path);
      await Deno.chown(dir.path, OTHER, OTHER);
      for (const file of filesIn(dir.path)) {
        await Deno.chown(`${dir.path}/${file}`, OTHER, OTHER);
      }
      if (end === "-wal") await Deno.writeFile(`${path}-wal`, new Uint8Array());
      await Deno.chown(`${path}${end}`, 0, 0);
      await Deno.chmod(`${path}${end}`, mode);
      const options = { cwd: dir.path, env };
      refuses(await runAsOther(serveArgs(path), options), why);
    },
  });
}

Deno.test({
  name: named("a disk whose inodes are used up is told as such", noTmpfs),
  ignore: noTmpfs !== undefined,
  async fn() {
    await using disk = await Tmpfs.mount("8m");
    const args = serveArgs(`${disk.path}/inbox.db`);
    for (const inodes of [1, 2, 3]) {
      await disk.remount(`nr_inodes=${inodes + 1}`);
      const used = filesIn(disk.path).length;
      for (let i = used; i < inodes; i++) {
        await Deno.writeTextFile(`${disk.path}/${i}`, "");
      }
      const result = await runProgram(args, { cwd: disk.path, env });
      refuses(result, /no space or no inodes left on its disk\n.*df -i/);
    }
    await disk.remount("nr_inodes=100");
    const options = { bodyBytesMax: 1 << 20 };
    const store = await openSqliteStore(`${disk.path}/inbox.db`, options);
    assertEquals(await store.probe(), true);
    await store.close();
  },
});

function named(name: string, why: string | undefined): string {
  return why === undefined ? name : `${name} (${why})`;
}

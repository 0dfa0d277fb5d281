/** `backup`: a copy beside a server that runs, and beside none. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Account } from "../support/deliver.ts";
import { runAsOther, whyNoOther } from "../support/other_user.ts";
import { runProgram, type RunResult } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { filesIn } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";
import { Tmpfs, whyNoTmpfs } from "../support/tmpfs.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };
const noTmpfs = await whyNoTmpfs();
const noOther = await whyNoOther();

function backUp(cwd: string, file: string): Promise<RunResult> {
  return runProgram(["backup", file], { cwd, env });
}

function integrityOf(file: string): unknown {
  const db = new DatabaseSync(file);
  try {
    return db.prepare("PRAGMA integrity_check").get()?.integrity_check;
  } finally {
    db.close();
  }
}

function refuses({ code, stdout, stderr }: RunResult, why: RegExp): void {
  assertEquals([code, stdout], [1, ""], stderr);
  assertMatch(stderr, /^Cannot back up to [^\n]+\n[^\n]+\n$/);
  assertMatch(stderr, why);
}

Deno.test("backup copies a store under load, and the copy serves", async () => {
  await using dir = await TempDir.make();
  const account = new Account(20_000);
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env,
  });
  let isSending = true;
  const sending = Array.from({ length: 8 }, async () => {
    while (isSending) assertEquals(await account.deliver(server.url), 200);
  });
  for (const name of ["one.db", "two.db", "three.db"]) {
    const acknowledged = account.size;
    const { code, stdout, stderr } = await backUp(dir.path, name);
    assertEquals([code, stderr], [0, ""]);
    const file = `${dir.path}/${name}`;
    const told = JSON.parse(stdout);
    const { size, mode } = await Deno.stat(file);
    assertEquals([told.file, told.bytes], [file, size]);
    assert(told.events >= acknowledged, `${told.events} of ${acknowledged}`);
    if (Deno.build.os !== "windows") assertEquals(mode! & 0o777, 0o600);
    assertEquals(integrityOf(file), "ok");
  }
  isSending = false;
  await Promise.all(sending);
  assertEquals((await backUp(dir.path, "last.db")).code, 0);
  assertEquals(await server.stop(), 0);
  assertEquals(filesIn(dir.path).sort(), [
    "data",
    "last.db",
    "one.db",
    "three.db",
    "two.db",
  ]);

  await Deno.remove(`${dir.path}/data`, { recursive: true });
  const args = ["serve", "--store=sqlite:last.db"];
  await using restored = await ServerProcess.start(args, {
    cwd: dir.path,
    env,
  });
  assertEquals(await account.deliver(restored.url), 200);
  assertEquals(await restored.stop(), 0);
  await account.check(`${dir.path}/last.db`);
});

Deno.test("backup works while no server runs, after a kill too", async () => {
  await using dir = await TempDir.make();
  const account = new Account();
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env,
  });
  for (let i = 0; i < 10; i++) await account.deliver(server.url);
  server.kill("SIGKILL");
  await server.ended();
  const made = await backUp(dir.path, "copy.db");
  assertEquals([made.code, JSON.parse(made.stdout).events], [0, 10]);
  await account.check(`${dir.path}/copy.db`);
});

Deno.test("backup replaces nothing", async () => {
  await using dir = await TempDir.make();
  {
    await using server = await ServerProcess.start(["serve"], {
      cwd: dir.path,
      env,
    });
    await new Account().deliver(server.url);
    await server.stop();
  }
  await dir.write("here.db", "mine");
  await dir.write("old.db-wal", "mine");
  await dir.write("begun.db.partial", "mine");
  await Deno.mkdir(`${dir.path}/folder`);
  await Deno.symlink("nowhere", `${dir.path}/dangling`);
  const before = filesIn(dir.path);
  const table: [file: string, why: RegExp][] = [
    ["here.db", /here\.db already exists/],
    ["old.db", /old\.db-wal already exists/],
    ["begun.db", /begun\.db\.partial already exists\n.*remove it/],
    ["folder", /folder already exists/],
    ["dangling", /dangling already exists/],
    ["data/inbox.db", /the store keeps a file of that name/],
    ["data/inbox.db-wal", /the store keeps a file of that name/],
    ["data/inbox.erasures", /the store keeps a file of that name/],
    ["missing/copy.db", /its folder does not exist/],
    ["here.db/copy.db", /a part of its path is not a folder/],
  ];
  for (const [file, why] of table) refuses(await backUp(dir.path, file), why);
  assertEquals(filesIn(dir.path), before);
  assertEquals(await Deno.readTextFile(`${dir.path}/here.db`), "mine");
  assertEquals(await Deno.readTextFile(`${dir.path}/begun.db.partial`), "mine");
});

Deno.test("backup says what is missing", async () => {
  await using dir = await TempDir.make();
  const none = await backUp(dir.path, "copy.db");
  assertEquals(none.code, 1);
  assertMatch(none.stderr, /there is no store/);
  const usage = await runProgram(["backup"], { cwd: dir.path });
  assertEquals(usage.code, 2);
  assertEquals(filesIn(dir.path), []);
});

Deno.test({
  name: named("backup leaves nothing behind on a disk that is full", noTmpfs),
  ignore: noTmpfs !== undefined,
  async fn() {
    await using disk = await Tmpfs.mount("1m");
    await using dir = await TempDir.make();
    await using server = await ServerProcess.start(["serve"], {
      cwd: dir.path,
      env,
    });
    const account = new Account(200_000);
    for (let i = 0; i < 10; i++) await account.deliver(server.url);
    const copy = `${disk.path}/copy.db`;
    refuses(await backUp(dir.path, copy), /full\nFree space/);
    assertEquals(filesIn(disk.path), []);
    await disk.remount("ro");
    refuses(await backUp(dir.path, copy), /read-only file system/);
    await disk.remount("rw");
  },
});

Deno.test({
  name: named("backup says so where this user may not write", noOther),
  ignore: noOther !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    {
      await using server = await ServerProcess.start(["serve"], {
        cwd: dir.path,
        env,
      });
      await new Account().deliver(server.url);
      await server.stop();
    }
    await Deno.chmod(dir.path, 0o755);
    const { uid, gid } = { uid: 65534, gid: 65534 };
    await Deno.chown(`${dir.path}/data`, uid, gid);
    for (const file of filesIn(`${dir.path}/data`)) {
      await Deno.chown(`${dir.path}/data/${file}`, uid, gid);
    }
    const args = ["backup", "copy.db"];
    refuses(
      await runAsOther(args, { cwd: dir.path, env }),
      /permission denied/,
    );
    assertEquals(filesIn(dir.path), ["data"]);
  },
});

function named(name: string, why: string | undefined): string {
  return why === undefined ? name : `${name} (${why})`;
}

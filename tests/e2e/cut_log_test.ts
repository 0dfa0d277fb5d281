/** The store's log is cut or removed under load: told before any further 200. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Account, statusOf } from "../support/deliver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { nextRound } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "off" };

const CUTS: [
  about: string,
  cut: (path: string) => Promise<void>,
  /** Whether the server still has all of it, in a file without a name. */
  isWhole?: true,
][] = [
  ["emptied", (path) => Deno.truncate(path)],
  [
    "cut in half",
    async (path) => await Deno.truncate(path, (await Deno.stat(path)).size / 2),
  ],
  [
    "cut by a few bytes",
    async (path) => await Deno.truncate(path, (await Deno.stat(path)).size - 9),
  ],
  [
    "overwritten in place by an older copy",
    async (path) => {
      const older = await Deno.readFile(path);
      await nextRound(path);
      using file = await Deno.open(path, { write: true });
      for (let at = 0; at < older.length;) {
        at += await file.write(older.subarray(at));
      }
    },
  ],
  ["removed", (path) => Deno.remove(path), true],
  [
    "replaced by a copy",
    async (path) => {
      await Deno.copyFile(path, `${path}.copy`);
      await Deno.rename(`${path}.copy`, path);
    },
    true,
  ],
];

/** In a folder that has not changed for long, only the folder is looked at. */
const LONG_AGO = new Date("2026-01-15T12:00:00.000Z");

const CASES = [false, true].flatMap((isSettled) =>
  CUTS.map(([about, cut, isWhole]) => ({ about, cut, isWhole, isSettled }))
);

for (const { about, cut, isWhole, isSettled } of CASES) {
  Deno.test({
    name: `no delivery is acknowledged once the log is ${about}${
      isSettled ? ", long after the start" : ""
    }`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using dir = await TempDir.make();
      await using server = await ServerProcess.start(["serve"], {
        cwd: dir.path,
        env,
      });
      const account = new Account(4_000);
      let isCut = false;
      let late = 0;
      const senders = Array.from({ length: 16 }, async () => {
        for (let refused = 0; refused < 5;) {
          const wasCut = isCut;
          const status = await account.deliver(server.url);
          if (status === 503) refused++;
          else if (wasCut) late++;
          assert(status === 200 || status === 503, `answered ${status}`);
          assert(account.size < 20_000, "it is never told");
        }
      });
      while (account.size < 100) await new Promise((end) => setTimeout(end, 5));
      if (isSettled) {
        await Deno.utime(`${dir.path}/data`, LONG_AGO, LONG_AGO);
        const { size } = account;
        while (account.size < size + 50) {
          await new Promise((end) => setTimeout(end, 5));
        }
      }
      await cut(`${dir.path}/data/inbox.db-wal`);
      isCut = true;
      await Promise.all(senders);
      assertEquals(late, 0, "acknowledged after the cut");
      assertEquals(await account.deliver(server.url), 503);
      assertEquals(await statusOf(`${server.url}/readyz`), 503);
      // Whoever reads meanwhile may fail first, and knows less.
      await server.logged(/^.*"store failed".*inbox\.db-wal.*$/m);

      const database = `${dir.path}/data/inbox.db`;
      if (isWhole) {
        assertEquals(await server.stop(), 0);
        return await account.check(database);
      }
      // What is left of the log is not moved to the database, which may be whole.
      const before = await Deno.readFile(database);
      assertEquals(await server.stop(), 0);
      assertEquals(await Deno.readFile(database), before);
    },
  });
}

Deno.test({
  name: "no command reads a store whose log was removed under its server",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const options = { cwd: dir.path, env };
    const account = new Account(4_000);
    await using server = await ServerProcess.start(["serve"], options);
    for (let i = 0; i < 5; i++) await account.deliver(server.url);
    for (const end of ["-wal", "-shm"]) {
      await Deno.remove(`${dir.path}/data/inbox.db${end}`);
    }
    const commands = [["events"], ["backup", "copy.db"], ["replay", "--dead"]];
    for (const command of commands) {
      const { code, stdout, stderr } = await runProgram(command, options);
      assertEquals([code, stdout], [1, ""], command.join(" "));
      assertMatch(stderr, /inbox\.db-wal was removed or emptied under the/);
    }
    assertEquals(await server.stop(), 0);
    await account.check(`${dir.path}/data/inbox.db`);
    const { code, stdout } = await runProgram(["events"], options);
    assertEquals([code, stdout.split("\n").length - 1], [0, 5]);
  },
});

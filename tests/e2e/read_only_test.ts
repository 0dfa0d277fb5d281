/** A store that cannot be written to, from the start or later. */

import { assertEquals, assertMatch } from "@std/assert";
import { Account, statusOf } from "../support/deliver.ts";
import { runCommand, runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { Tmpfs, whyNoTmpfs } from "../support/tmpfs.ts";
import { eventually } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };
const noTmpfs = await whyNoTmpfs();
const noFreeze = await whyNoFreeze();

/** Takes the right to write from everybody, descriptors that are open included. */
async function setFrozen(file: string, isFrozen: boolean): Promise<boolean> {
  const args = [isFrozen ? "+i" : "-i", file];
  return (await runCommand("chattr", args)).code === 0;
}

async function whyNoFreeze(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "needs Linux";
  await using dir = await TempDir.make();
  const path = `${dir.path}/file`;
  using file = await Deno.create(path);
  if (!await setFrozen(path, true)) return "needs the right to chattr +i";
  try {
    await file.write(new Uint8Array(1));
    return "needs a file system that heeds chattr +i";
  } catch {
    return undefined;
  } finally {
    await setFrozen(path, false);
  }
}

Deno.test({
  name: named("a store on a read-only disk is told in clear words", noTmpfs),
  ignore: noTmpfs !== undefined,
  async fn() {
    await using disk = await Tmpfs.mount("8m");
    const store = `sqlite:${disk.path}/inbox.db`;
    const options = { cwd: disk.path, env };
    const refuse = async () => {
      await disk.remount("ro");
      const args = ["serve", "--port=0", "--store", store];
      const result = await runProgram(args, options);
      assertEquals([result.code, result.stdout], [1, ""]);
      assertMatch(
        result.stderr,
        /^Cannot open store at .+: it is on a read-only file system\n.+remount.+\n$/,
      );
      await disk.remount("rw");
    };

    await refuse(); // None is there yet.
    const args = ["serve", "--store", store];
    {
      await using server = await ServerProcess.start(args, options);
      assertEquals(await new Account().deliver(server.url), 200);
      await server.stop();
    }
    await refuse();
    await using server = await ServerProcess.start(args, options);
    assertEquals(await new Account().deliver(server.url), 200);
  },
});

Deno.test({
  name: named(
    "a store that turns read-only gives 503 until it is mended",
    noFreeze,
  ),
  ignore: noFreeze !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    const account = new Account();
    await using server = await ServerProcess.start(["serve"], {
      cwd: dir.path,
      env,
    });
    assertEquals(await account.deliver(server.url), 200);
    const files = ["", "-wal"].map((end) => `${dir.path}/data/inbox.db${end}`);
    try {
      for (const file of files) await setFrozen(file, true);
      for (let i = 0; i < 3; i++) {
        assertEquals(await account.deliver(server.url), 503);
      }
      await eventually(
        60_000,
        async () => await statusOf(`${server.url}/readyz`) === 503,
        () => "/readyz to tell that nothing can be stored",
      );
    } finally {
      for (const file of files) await setFrozen(file, false);
    }
    assertEquals(await account.deliver(server.url), 200);
    assertEquals(await server.stop(), 0);
    await account.check(`${dir.path}/data/inbox.db`);
  },
});

function named(name: string, why: string | undefined): string {
  return why === undefined ? name : `${name} (${why})`;
}

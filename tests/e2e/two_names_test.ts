/** One store under two names: a second server, or the same one elsewhere. */

import { assertEquals, assertMatch } from "@std/assert";
import { Account } from "../support/deliver.ts";
import { bindMount, whyNoBindMount } from "../support/mounts.ts";
import { EXECUTABLE, runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };
const noMount = await whyNoBindMount();
const isLinux = Deno.build.os === "linux";

/** Starts a second server, which must refuse. */
async function refusal(
  cwd: string,
  path: string,
  prelude?: string,
): Promise<string> {
  const args = [
    "serve",
    "--port=0",
    "--admin-port=0",
    `--store=sqlite:${path}`,
  ];
  const options = { cwd, env, ...(prelude !== undefined && { prelude }) };
  const { code, stdout, stderr } = await runProgram(args, options);
  assertEquals([code, stdout], [1, ""], stderr);
  assertMatch(stderr, /^Cannot open store at [^\n]+\n[^\n]+\n$/);
  return stderr;
}

Deno.test({
  name: "a hard link to the store of a server opens to nobody",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const account = new Account();
    {
      await using server = await ServerProcess.start(["serve"], {
        cwd: dir.path,
        env,
      });
      await account.deliver(server.url);
      await Deno.mkdir(`${dir.path}/other`);
      await Deno.link(
        `${dir.path}/data/inbox.db`,
        `${dir.path}/other/inbox.db`,
      );
      assertMatch(await refusal(dir.path, "other/inbox.db"), /has 2 names/);
      assertEquals(await account.deliver(server.url), 200);
      assertEquals(await server.stop(), 0);
    }
    for (const path of ["other/inbox.db", "data/inbox.db"]) {
      assertMatch(await refusal(dir.path, path), /has 2 names/);
    }
    await Deno.remove(`${dir.path}/other`, { recursive: true });
    await using server = await ServerProcess.start(["serve"], {
      cwd: dir.path,
      env,
    });
    assertEquals(await account.deliver(server.url), 200);
    assertEquals(await server.stop(), 0);
    await account.check(`${dir.path}/data/inbox.db`);
  },
});

Deno.test({
  name: "a store that is renamed under its server opens to nobody",
  ignore: !isLinux || EXECUTABLE !== undefined, // Whose runtime cannot try a lock.
  async fn() {
    await using dir = await TempDir.make();
    const account = new Account();
    await using server = await ServerProcess.start(["serve"], {
      cwd: dir.path,
      env,
    });
    await account.deliver(server.url);
    await Deno.rename(`${dir.path}/data/inbox.db`, `${dir.path}/data/new.db`);
    assertMatch(
      await refusal(dir.path, "data/new.db"),
      /another persona-inbox is writing to it/,
    );
    await Deno.rename(`${dir.path}/data/new.db`, `${dir.path}/data/inbox.db`);
    assertEquals(await account.deliver(server.url), 200);
    assertEquals(await server.stop(), 0);
    await account.check(`${dir.path}/data/inbox.db`);
  },
});

Deno.test({
  name: named(
    "the file of a store, mounted elsewhere, opens to nobody",
    noMount,
  ),
  ignore: noMount !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    const account = new Account();
    await Deno.mkdir(`${dir.path}/container`);
    await dir.write("container/inbox.db", "");
    const file = `${dir.path}/container/inbox.db`;
    const mount = bindMount(`${dir.path}/data/inbox.db`, file);
    {
      await using server = await ServerProcess.start(["serve"], {
        cwd: dir.path,
        env,
      });
      await account.deliver(server.url);
      const told = await refusal(dir.path, file, mount);
      assertMatch(told, /is mounted by itself.*\nMount the folder/);
      assertEquals(await account.deliver(server.url), 200);
      assertEquals(await server.stop(), 0);
    }
    assertMatch(await refusal(dir.path, file, mount), /is mounted by itself/);
    await account.check(`${dir.path}/data/inbox.db`);
  },
});

Deno.test({
  name: named(
    "the folder of a store, mounted elsewhere, has one server",
    noMount,
  ),
  ignore: noMount !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    const account = new Account();
    const folder = `${dir.path}/container`;
    await Deno.mkdir(folder);
    const prelude = bindMount(`${dir.path}/data`, folder);
    {
      await using server = await ServerProcess.start(["serve"], {
        cwd: dir.path,
        env,
      });
      await account.deliver(server.url);
      const told = await refusal(dir.path, `${folder}/inbox.db`, prelude);
      assertMatch(told, /another persona-inbox is writing to it/);
      server.kill("SIGKILL");
      await server.ended();
    }
    // The log is found, as it is in the folder.
    const args = ["serve", `--store=sqlite:${folder}/inbox.db`];
    await using server = await ServerProcess.start(args, {
      cwd: dir.path,
      env,
      prelude,
    });
    assertEquals(await account.deliver(server.url), 200);
    server.kill("SIGKILL");
    await server.ended();
    await account.check(`${dir.path}/data/inbox.db`);
  },
});

function named(name: string, why: string | undefined): string {
  return why === undefined ? name : `${name} (${why})`;
}

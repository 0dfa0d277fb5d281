/** One store, several processes. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Account, statusOf } from "../support/deliver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually, within } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };

Deno.test("a second server on the same store says so and exits with 1", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  const account = new Account();
  await using server = await ServerProcess.start(["serve"], options);
  assertEquals(await account.deliver(server.url), 200);
  await Deno.symlink(`${dir.path}/data`, `${dir.path}/linked`);
  await Deno.symlink(`${dir.path}/data/inbox.db`, `${dir.path}/linked.db`);

  for (const path of ["data/inbox.db", "linked/inbox.db", "linked.db"]) {
    const args = ["serve", "--port=0", `--store=sqlite:${path}`];
    const second = await runProgram(args, options);
    assertEquals([second.code, second.stdout], [1, ""], path);
    assertMatch(
      second.stderr,
      /^Cannot open store at .+ another persona-inbox is writing to it\n.+\n$/,
    );
    assertEquals(await account.deliver(server.url), 200, path);
  }
  assertEquals(await server.stop(), 0);
  await account.check(`${dir.path}/data/inbox.db`);
});

Deno.test("events works beside a server under load", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  const account = new Account(50_000);
  await using server = await ServerProcess.start(["serve"], options);
  let isListing = true;
  const sending = Array.from({ length: 8 }, async () => {
    while (isListing) assertEquals(await account.deliver(server.url), 200);
  });
  for (let i = 0; i < 5; i++) {
    const acknowledged = account.size;
    const args = ["events", "--json", "--limit=100000"];
    const { code, stdout, stderr } = await runProgram(args, options);
    assertEquals([code, stderr], [0, ""]);
    const lines = stdout.split("\n").length - 1;
    assert(lines >= acknowledged, `${lines} of ${acknowledged} events`);
  }
  isListing = false;
  await Promise.all(sending);
  assertEquals(await server.stop(), 0);
  await account.check(`${dir.path}/data/inbox.db`);
});

Deno.test("a lock of another program gives 503 in time, and no longer than it lasts", async () => {
  await using dir = await TempDir.make();
  const account = new Account();
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env,
  });
  assertEquals(await account.deliver(server.url), 200);

  const other = new DatabaseSync(`${dir.path}/data/inbox.db`);
  try {
    other.exec("BEGIN IMMEDIATE");
    const refused = within(
      60_000, // The lock lasts as long as we want.
      Promise.all([1, 2, 3].map(() => account.deliver(server.url))),
      () => "answers while the store is locked",
    );
    assertEquals(await refused, [503, 503, 503]);
    assertEquals(await statusOf(`${server.url}/readyz`), 503);
    await server.logged(/"store failed".*is locked/);
    other.exec("ROLLBACK");
  } finally {
    other.close();
  }
  assertEquals(await account.deliver(server.url), 200);
  await eventually(
    60_000,
    async () => await statusOf(`${server.url}/readyz`) === 200,
    () => "/readyz to tell that the lock is gone",
  );
  assertEquals(await server.stop(), 0);
  await account.check(`${dir.path}/data/inbox.db`);
});

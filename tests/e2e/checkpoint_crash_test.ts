/** A crash of the thread of checkpoints ends the server, and nothing is lost. */

import { assertEquals, assertMatch } from "@std/assert";
import { patchSource } from "../crash/patched_source.ts";
import { Account } from "../support/deliver.ts";
import { devFlags } from "../support/dev_flags.ts";
import { spawnClean } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "off" };

Deno.test("a crash of the thread of checkpoints ends the server, which says so once", async () => {
  await using dir = await TempDir.make();
  const cwd = dir.path;
  const source = `${cwd}/source`;
  patchSource(source, [{
    pattern: /gate\.waitForRequest\(known\);/,
    replacement: 'gate.waitForRequest(known); throw new Error("as planned");',
  }]);
  const args = ["run", ...devFlags(), `${source}/main.ts`, "serve", "--port=0"];
  const child = spawnClean(Deno.execPath(), args, { cwd, env });
  const account = new Account(200_000);
  await using server = new ServerProcess(child, cwd);
  const [, port] = await server.logged(/"msg":"listening","port":(\d+)/);
  while (account.size < 1_000) {
    const url = `http://127.0.0.1:${port}`;
    const isDown = await account.deliver(url).then(() => false, () => true);
    if (isDown) break;
  }
  assertEquals(await server.ended(), 1, server.stderr);
  // What goes on in the background may meet the end of the store, too, and tell it later.
  const [first = ""] = server.stderr.match(/^.*"level":"error".*$/m) ?? [];
  assertMatch(first, /"store lost".*the thread of checkpoints failed/);
  assertEquals(server.stderr.match(/"store lost"/g)?.length, 1, server.stderr);

  await using next = await ServerProcess.start(["serve"], { cwd, env });
  assertEquals(await account.deliver(next.url), 200);
  await account.check(`${cwd}/data/inbox.db`);
  assertEquals(await next.stop(), 0);
});

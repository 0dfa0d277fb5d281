/** A limit on the size of files, which ends a process that does not heed its signal. */

import { assert, assertEquals } from "@std/assert";
import { Account, statusOf } from "../support/deliver.ts";
import { runCommand } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

/** In kB. Deno's own caches must stay below it. */
const LIMIT = 16 << 10;

Deno.test({
  name: "a file size limit gives 503, not the end, until it is lifted",
  ignore: Deno.build.os !== "linux", // Elsewhere a limit cannot be lifted.
  async fn() {
    await using dir = await TempDir.make();
    const account = new Account(900_000);
    await using server = await ServerProcess.start(["serve"], {
      cwd: dir.path,
      env: { PERSONA_WEBHOOK_SECRET: SECRET, DENO_DIR: `${dir.path}/deno` },
      prelude: `ulimit -S -f ${LIMIT}`,
    });
    await account.deliverUntilRefused(server.url, 10);
    assert(account.size > 10, `only ${account.size} events fitted`);
    assertEquals(await statusOf(`${server.url}/healthz`), 200);
    await account.check(`${dir.path}/data/inbox.db`);

    const args = ["--pid", String(server.pid), "--fsize=unlimited"];
    assertEquals((await runCommand("prlimit", args)).code, 0);
    for (let i = 0; i < 10; i++) {
      assertEquals(await account.deliver(server.url), 200);
    }
    await server.logged(/"checkpoint works again"/);
    // Told before the log was full, and once however often it was tried.
    const told = server.stderr.matchAll(
      /"msg":"(checkpoint failed|store failed)"/g,
    );
    const [first, ...more] = [...told].map(([, msg]) => msg);
    assertEquals(first, "checkpoint failed");
    assert(!more.includes("checkpoint failed"), "it is told again and again");
    assertEquals(await server.stop(), 0);
    await account.check(`${dir.path}/data/inbox.db`, { again: true });
  },
});

/** The store's files vanish beneath a server: refusals, never a false 200. */

import { assertEquals, assertMatch } from "@std/assert";
import { Account, statusOf } from "../support/deliver.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };

function start(cwd: string): Promise<ServerProcess> {
  return ServerProcess.start(["serve"], { cwd, env });
}

async function becomes(url: string, status: number): Promise<void> {
  await eventually(
    60_000,
    async () => await statusOf(url) === status,
    () => `${url} to answer ${status}`,
  );
}

Deno.test({
  name: "a store that is moved away gives 503 until it is moved back",
  ignore: Deno.build.os === "windows", // It keeps open files where they are.
  async fn() {
    await using dir = await TempDir.make();
    const account = new Account();
    const data = `${dir.path}/data`;
    {
      await using server = await start(dir.path);
      for (let i = 0; i < 5; i++) {
        assertEquals(await account.deliver(server.url), 200);
      }
      await becomes(`${server.url}/readyz`, 200);

      await Deno.rename(data, `${data}.away`);
      for (let i = 0; i < 3; i++) {
        assertEquals(await account.deliver(server.url), 503);
      }
      await becomes(`${server.url}/readyz`, 503);
      assertEquals(await statusOf(`${server.url}/healthz`), 200);
      const [line] = await server.logged(/^.*"store failed".*$/m);
      assertMatch(line, /inbox\.db must be the file that was opened/);
      assertMatch(line, /Put it back, or restart/);

      await Deno.rename(`${data}.away`, data);
      for (let i = 0; i < 5; i++) {
        assertEquals(await account.deliver(server.url), 200);
      }
      await becomes(`${server.url}/readyz`, 200);
      server.kill("SIGKILL");
      assertEquals(await server.ended(), 137);
    }
    await using server = await start(dir.path);
    await account.check(`${data}/inbox.db`);
    assertEquals(await server.stop(), 0);
  },
});

Deno.test({
  name: "a server whose store was removed leaves the next one's alone",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    await using first = await start(dir.path);
    assertEquals(await new Account().deliver(first.url), 200);
    await Deno.remove(`${dir.path}/data`, { recursive: true });

    const account = new Account();
    await using second = await ServerProcess.start(
      ["serve", "--admin-port=off"],
      { cwd: dir.path, env },
    );
    assertEquals(await account.deliver(second.url), 200);
    assertEquals(await new Account().deliver(first.url), 503);
    assertEquals(await first.stop(), 0);
    assertEquals(await account.deliver(second.url), 200);
    second.kill("SIGKILL");
    assertEquals(await second.ended(), 137);
    await account.check(`${dir.path}/data/inbox.db`);
  },
});

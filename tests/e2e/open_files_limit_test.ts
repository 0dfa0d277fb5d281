/** A limit on open files, which connections that say nothing use up. */

import { assertEquals } from "@std/assert";
import { Account, statusOf } from "../support/deliver.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

const LIMIT = 150;

Deno.test({
  name: "connections beyond the limit of open files do not end the process",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    await using server = await ServerProcess.start(["serve"], {
      cwd: dir.path,
      env: { PERSONA_WEBHOOK_SECRET: SECRET },
      prelude: `ulimit -n ${LIMIT}`,
    });
    const idle = await connectUntilRefused(server.port);
    for (const connection of idle) connection.close();

    await eventually(
      60_000,
      () =>
        statusOf(`${server.url}/healthz`).then((it) => it === 200, () => false),
      () => "a listener",
    );
    const account = new Account(1_000);
    assertEquals(await account.deliver(server.url), 200);
    await server.logged(/"msg":"listener failed"/);
    await server.logged(/"msg":"listening again"/);
    assertEquals(await server.stop(), 0);
    await account.check(`${dir.path}/data/inbox.db`);
  },
});

async function connectUntilRefused(port: number): Promise<Deno.Conn[]> {
  const connections: Deno.Conn[] = [];
  const isRefused = async () => {
    try {
      connections.push(await Deno.connect({ hostname: "127.0.0.1", port }));
      return false;
    } catch {
      return true;
    }
  };
  while (connections.length < LIMIT && !await isRefused());
  // The system takes more for a while than the process does.
  await eventually(60_000, isRefused, () => "a refusal");
  return connections;
}

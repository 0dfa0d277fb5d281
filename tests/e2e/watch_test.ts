/** `deno task dev` starts the server anew when its code changes. */

import { assertEquals } from "@std/assert";
import { Account } from "../support/deliver.ts";
import {
  EXECUTABLE,
  ROOT,
  runCommand,
  spawnClean,
} from "../support/program.ts";
import { freePort } from "../support/free_port.ts";
import { endTree } from "../support/processes.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const PARTS = ["main.ts", "lib", "deno.json", "vendor", ".ci"];

async function touch(path: string): Promise<void> {
  await Deno.writeTextFile(path, "// Changed.\n", { append: true });
}

Deno.test({
  name: "deno task dev restarts on a change, on the same port and store",
  ignore: EXECUTABLE !== undefined || Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const cwd = dir.path;
    const from = PARTS.map((part) => `${ROOT}${part}`);
    assertEquals((await runCommand("cp", ["-R", ...from, cwd])).code, 0);
    const port = freePort();
    const url = `http://127.0.0.1:${port}`;
    const args = ["task", "dev", `--port=${port}`, "--log=json"];
    const env = { PERSONA_WEBHOOK_SECRET: SECRET };
    const child = spawnClean(Deno.execPath(), args, { cwd, env });
    await using task = new ServerProcess(child, cwd);
    try {
      const account = new Account();
      for (let starts = 1; starts <= 4; starts++) {
        if (starts > 1) await touch(`${cwd}/lib/version.ts`);
        await task.logged(
          new RegExp(`([^]*"msg":"listening","port":${port},){${starts}}`),
        );
        assertEquals(await account.deliver(url), 200);
        await account.check(`${cwd}/data/inbox.db`, { again: true });
      }
    } finally {
      await endTree(task.pid);
    }
  },
});

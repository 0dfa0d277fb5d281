/** A task of a fresh checkout needs nothing from npm: only PostgreSQL has its driver there. */

import { assertEquals, assertMatch } from "@std/assert";
import { ROOT, spawnClean } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test("deno task starts a command with nothing downloaded, and npm out of reach", async () => {
  await using dir = await TempDir.make();
  const task = spawnClean(
    Deno.execPath(),
    ["task", "inbox", "events", `--store=sqlite:${dir.path}/none.db`],
    {
      cwd: ROOT,
      env: {
        DENO_DIR: `${dir.path}/deno`,
        NPM_CONFIG_REGISTRY: "http://127.0.0.1:1/",
      },
    },
  );
  const { code, stderr } = await task.output();
  const text = new TextDecoder().decode(stderr);
  assertMatch(text, /^Cannot open store at .*none\.db: /m);
  assertEquals(code, 1, text);
});

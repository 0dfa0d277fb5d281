/** A server keeps no permission that its settings do not need, seen from inside it. */

import { assertEquals } from "@std/assert";
import { devFlags } from "../support/dev_flags.ts";
import { EXECUTABLE, ROOT, spawnClean } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

/** Tells what the process may do once it listens. */
const SPY = `
const names = ["read", "write", "net", "env", "run", "sys", "ffi"];
addEventListener("unload", () => {
  const granted = names.filter((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
  console.error("granted " + granted.join(" "));
});
`;

async function grantedTo(
  destinations: readonly unknown[],
  store: string,
): Promise<string | undefined> {
  await using dir = await TempDir.make();
  await dir.write("spy.js", SPY);
  await dir.write("module.js", 'export default { "inquiry.*": () => {} };');
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  const args = [
    ...["run", ...devFlags(), `--preload=${dir.path}/spy.js`],
    ...[`${ROOT}main.ts`, "serve", "--port=0", "--admin-port=0"],
    `--store=${store}`,
  ];
  const child = spawnClean(Deno.execPath(), args, {
    cwd: dir.path,
    env: { PERSONA_WEBHOOK_SECRET: SECRET },
  });
  await using server = new ServerProcess(child, dir.path);
  await server.logged(/"msg":"listening"/);
  assertEquals(await server.stop(), 0);
  return /^granted (.*)$/m.exec(server.stderr)?.[1];
}

Deno.test({
  name: "a server gives up what its settings do not need",
  ignore: EXECUTABLE !== undefined, // Nothing can be loaded into it beforehand.
  async fn() {
    const file = "sqlite:inbox.db";
    const url = { name: "app", url: "http://127.0.0.1:2/" };
    const exec = { name: "notify", exec: ["true"] };
    const table: [destinations: unknown[], store: string, granted: string][] = [
      [[], file, "read write net"],
      [[url], file, "read write net"],
      [[exec], file, "read write net run"],
      [[{ name: "m", module: "./module.js" }], file, "read write net run"],
      [[], "sqlite::memory:", "read net"],
    ];
    for (const [destinations, store, granted] of table) {
      assertEquals(await grantedTo(destinations, store), granted);
    }
  },
});

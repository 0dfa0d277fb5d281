/** The settings of several servers on one PostgreSQL. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { freePort } from "../support/free_port.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const reason = await whyNoPostgres();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

function test(name: string, body: (url: string) => Promise<void>): void {
  Deno.test({
    name: reason === undefined ? name : `${name} (${reason})`,
    ignore: cluster === undefined,
    fn: () => body(cluster!.schema()),
  });
}

test("reload and rejected ask the server of the settings where several share a store", async (url) => {
  await using dir = await TempDir.make();
  await dir.write("inbox.json", "{}");
  const env = {
    PERSONA_WEBHOOK_SECRET: SECRET,
    INBOX_STORE: url,
    INBOX_ADMIN_PORT: String(freePort()),
  };
  const options = { cwd: dir.path, env };
  const none = await runProgram(["reload"], options);
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, "Cannot reload: no answer from the server");
  assertStringIncludes(none.stderr, "--admin-port PORT");
  await using _other = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env: { ...env, INBOX_ADMIN_PORT: "0" },
  });
  await using server = await ServerProcess.start(["serve"], options);
  const told = await runProgram(["reload"], options);
  assertEquals(told.code, 0, told.stderr);
  assertStringIncludes(told.stdout, '"changed":[]');
  assertStringIncludes(told.stderr, `:${env.INBOX_ADMIN_PORT}/ alone`);
  await server.logged(/"settings reloaded"/);

  await Deno.remove(`${dir.path}/inbox.json`);
  const refused = await runProgram(
    ["reload", `--admin-port=${env.INBOX_ADMIN_PORT}`],
    { cwd: dir.path, env: { INBOX_STORE: url, INBOX_ADMIN_PORT: "off" } },
  );
  assertEquals(refused.code, 2, refused.stderr);
  assertStringIncludes(refused.stderr, "Cannot read inbox.json: it was there");
  await dir.write("inbox.json", "{}");
  const rejected = await runProgram(["rejected"], options);
  assertEquals([rejected.code, rejected.stderr], [0, ""]);
  const off = await runProgram(["reload"], {
    cwd: dir.path,
    env: { ...env, INBOX_ADMIN_PORT: "off" },
  });
  assertStringIncludes(off.stderr, "there is no local listener to ask");
});

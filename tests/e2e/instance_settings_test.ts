/** The settings of several servers on one PostgreSQL. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Stats } from "../../lib/views/api_types.ts";
import { freePort } from "../support/free_port.ts";
import {
  PostgresCluster,
  schemaTests,
  whyNoPostgres,
} from "../support/postgres.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const reason = await whyNoPostgres();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

const test = schemaTests({ cluster, reason });

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

test("servers that have different destinations say so, and which, until they agree", async (url) => {
  await using whole = await TempDir.make();
  await using bare = await TempDir.make();
  const settings = (events: string) =>
    JSON.stringify({
      destinations: [
        { name: "one", url: "http://127.0.0.1:2/", events: [events] },
        { name: "two", url: "http://127.0.0.1:2/" },
      ],
    });
  await whole.write("inbox.json", settings("inquiry.*"));
  const env = {
    PERSONA_WEBHOOK_SECRET: SECRET,
    INBOX_STORE: url,
    INBOX_ADMIN_PORT: String(freePort()),
  };
  const options = { cwd: whole.path, env };
  const other = { ...env, INBOX_ADMIN_PORT: "0" };
  await using first = await ServerProcess.start(["serve"], options);
  await using _same = await ServerProcess.start(["serve"], {
    cwd: whole.path,
    env: other,
  });
  const ready = await statsOf(env.INBOX_ADMIN_PORT);
  assertEquals(ready.warnings, []);
  await using last = await ServerProcess.start(["serve"], {
    cwd: bare.path,
    env: other,
  });
  await last.logged(/"destinations differ".*not all have one, two"/);
  await first.logged(/"destinations differ".*not all have one, two"/);
  const { warnings } = await statsOf(env.INBOX_ADMIN_PORT);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]?.warning ?? "", "not all have one, two");
  const doctor = await runProgram(["doctor"], options);
  assertMatch(
    doctor.stdout,
    /"name":"store","status":"warning","summary":"[^"]*not all have one, two"/,
  );

  await bare.write("inbox.json", settings("case.*"));
  await last.logged(/"destinations differ".*events, filter or order differ/);
  await bare.write("inbox.json", settings("inquiry.*"));
  await last.logged(/"destinations agree"/);
  await first.logged(/"destinations agree"/);
  assertEquals((await statsOf(env.INBOX_ADMIN_PORT)).warnings, []);
  const well = await runProgram(["doctor"], options);
  assertEquals(well.stdout.includes("different destinations"), false);
});

async function statsOf(port: string): Promise<Stats> {
  const response = await fetch(`http://127.0.0.1:${port}/api/stats`);
  return await response.json();
}

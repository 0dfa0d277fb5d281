/** An inbox that is its own destination. */

import { assertEquals } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { freePort } from "../support/free_port.ts";
import { runProgram, spawnProgram } from "../support/program.ts";
import { recorded } from "../support/recorded.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test("an inbox tells that it is its own destination, and answers itself 508", async () => {
  await using dir = await TempDir.make();
  const port = freePort();
  const url = `http://127.0.0.1:${port}/webhook`;
  const destinations = [{ name: "app", url, attemptsMax: 1 }];
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "off" };
  const options = { cwd: dir.path, env };
  const child = spawnProgram(["serve", `--port=${port}`], options);
  await using server = new ServerProcess(child, dir.path);
  await server.logged(
    /"msg":"settings warning","warning":"destination app is this inbox itself/,
  );
  await deliver(`http://127.0.0.1:${port}`, eventText());
  await recorded(server, /"msg":"dead letter".*"code":508/);
  await server.logged(/"status":508,"reason":"loop"/);
  const { stdout } = await runProgram(["events"], options);
  const { status, duplicates } = JSON.parse(stdout);
  assertEquals([status, duplicates], ["dead", 0]);
});

Deno.test("an event that another inbox forwards is received, and marked again", async () => {
  await using dir = await TempDir.make();
  await using receiver = new EchoReceiver();
  const env = {
    PERSONA_WEBHOOK_SECRET: SECRET,
    INBOX_ADMIN_PORT: "off",
  };
  await Deno.mkdir(`${dir.path}/first`);
  await Deno.mkdir(`${dir.path}/second`);
  await using second = await ServerProcess.start(["serve"], {
    cwd: `${dir.path}/second`,
    env: { ...env, INBOX_FORWARD_URL: receiver.url },
  });
  await using first = await ServerProcess.start(["serve"], {
    cwd: `${dir.path}/first`,
    env: { ...env, INBOX_FORWARD_URL: `${second.url}/webhook` },
  });
  await deliver(first.url, eventText());
  await second.logged(/"msg":"delivered"/);
  const [request] = receiver.received;
  assertEquals(
    /^[\w-]{36}$/.test(request?.headers.get("persona-inbox-id") ?? ""),
    true,
  );
});

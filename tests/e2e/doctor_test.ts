/** `doctor` beside a server that runs. */

import { assert, assertEquals } from "@std/assert";
import type { Finding } from "../../lib/doctor/finding.ts";
import { VERSION } from "../../lib/version.ts";
import { deliver } from "../support/deliver.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { brief } from "../support/findings.ts";
import { EXECUTABLE, runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { CANARY, eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const TOKEN = "canary-token-0123456789";

Deno.test("doctor finds a server well, and what is wrong once it is", async () => {
  await using dir = await TempDir.make();
  await using receiver = new EchoReceiver();
  const env = {
    PERSONA_WEBHOOK_SECRET: SECRET,
    INBOX_ADMIN_PORT: "0",
    INBOX_ADMIN_TOKEN: TOKEN,
    INBOX_FORWARD_URL: `${receiver.url}?token=${TOKEN}`,
  };
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  await deliver(server.url, eventText("evt_1"));
  await server.logged(/"delivered"/);

  async function doctor(port: number, ...args: string[]) {
    const all = ["doctor", `--port=${port}`, ...args];
    const result = await runProgram(all, options);
    for (const secret of [SECRET, TOKEN, CANARY]) {
      assert(!`${result.stdout}${result.stderr}`.includes(secret), secret);
    }
    const findings: Finding[] = result.stdout.split("\n").slice(0, -1)
      .map((line) => JSON.parse(line));
    return { ...result, lines: brief(findings) };
  }

  const well = await doctor(server.port);
  const statuses = well.lines.map((line) => line.slice(0, line.indexOf(":")));
  assertEquals(statuses, [
    "ok settings",
    "ok secrets",
    "ok retention",
    "ok engine",
    // An executable may have an older runtime than is supported, for tests only.
    ...statuses.filter((status) => EXECUTABLE && status === "warning runtime"),
    // How much is free is this machine's business.
    ...statuses.filter((status) => status.endsWith(" disk")),
    "ok store",
    "ok clock",
    "ok dispatches",
    "ok server",
    "ok public port",
    "ok audit",
    "ok to default",
  ], well.stdout);
  assert(/free on the disk of the store/.test(well.stdout), well.stdout);
  assert(/has 1 event, .* sound, held by a server/.test(well.stdout));
  assert(well.lines.includes(`ok server: runs persona-inbox ${VERSION}`));
  assertEquals(receiver.received.length, 1);

  assertEquals(await server.stop(), 0);
  await using other = Deno.serve(
    { hostname: "0.0.0.0", port: 0, onListen: () => {} },
    () => new Response(),
  );
  const { port } = other.addr;
  const stopped = await doctor(port);
  assertEquals(stopped.code, 1);
  assert(
    stopped.lines.includes(
      `failed public port: 0.0.0.0:${port} is in use by another program`,
    ),
    stopped.stdout,
  );
});

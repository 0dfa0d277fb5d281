/** Following a store as a process of its own. */

import { assertEquals } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { endProcess, spawnProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually, within } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "off" };

Deno.test("tail follows a server until Ctrl-C", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  const child = spawnProgram(["tail", "--since=1h"], options);
  await using tail = new ServerProcess(child, dir.path);
  const shows = (id: string) =>
    eventually(
      60_000,
      () => tail.stdout.includes(`"id":"${id}"`),
      () => `${id} in ${tail.stdout}${tail.stderr}`,
    );
  for (const id of ["evt_1", "evt_2"]) {
    assertEquals((await deliver(server.url, eventText(id))).status, 200);
    await shows(id);
  }
  assertEquals(await server.stop(), 0);
  tail.kill("SIGINT");
  assertEquals([await tail.ended(), tail.stderr], [0, ""]);
  assertEquals(tail.stdout.includes("Canary"), false);
});

Deno.test("tail ends when nobody reads any more", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  const child = spawnProgram(["tail", "--since=1h"], options);
  try {
    await child.stdout.cancel();
    assertEquals((await deliver(server.url, eventText())).status, 200);
    const { code } = await within(60_000, child.status, () => "its end");
    assertEquals(code, 0);
    assertEquals(await new Response(child.stderr).text(), "");
  } finally {
    await endProcess(child);
  }
});

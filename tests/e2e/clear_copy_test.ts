/** A copy of the store from before there were keys, put back beside those of today. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { deliver } from "../support/deliver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

Deno.test("a copy from before there were keys is readable beside the data keys of later, and encrypted again", async () => {
  await using dir = await TempDir.make();
  const env = {
    PERSONA_WEBHOOK_SECRET: SECRET,
    INBOX_STORE: "sqlite:inbox.db",
    INBOX_ADMIN_PORT: "0",
  };
  const clear = { cwd: dir.path, env };
  const INBOX_ENCRYPTION_KEYS = createEncryptionKey("k1");
  const sealed = { cwd: dir.path, env: { ...env, INBOX_ENCRYPTION_KEYS } };
  const encrypted = () =>
    eventually(
      60_000,
      async () => {
        const { stdout } = await runProgram(["doctor"], sealed);
        return !stdout.includes("from before there were keys");
      },
      () => "all to be encrypted",
    );
  {
    await using server = await ServerProcess.start(["serve"], clear);
    const { status } = await deliver(server.url, eventText("evt_1"));
    assertEquals(status, 200);
    assertEquals(await server.stop(), 0);
  }
  await Deno.copyFile(`${dir.path}/inbox.db`, `${dir.path}/copy.db`);
  {
    await using server = await ServerProcess.start(["serve"], sealed);
    await encrypted();
    assertEquals(await server.stop(), 0);
  }
  await Deno.rename(`${dir.path}/copy.db`, `${dir.path}/inbox.db`);

  const before = await runProgram(["events", "evt_1", "--reveal"], sealed);
  assertEquals(JSON.parse(before.stdout).body.data.id, "evt_1");
  const told = "1 events from before there were keys are in the clear";
  const doctor = await runProgram(["doctor"], sealed);
  assertStringIncludes(doctor.stdout, told);
  await using server = await ServerProcess.start(["serve"], sealed);
  await server.logged(new RegExp(told));
  await encrypted();
  const after = await runProgram(["events", "evt_1", "--reveal"], sealed);
  assertEquals(JSON.parse(after.stdout).body.data.id, "evt_1");
  assertEquals(await server.stop(), 0);
});

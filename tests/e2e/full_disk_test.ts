/** A disk without space: refusals, never a false 200, and a way back. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { canaryEvent } from "../support/canaries.ts";
import { Account, deliver, statusOf } from "../support/deliver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { Tmpfs, whyNoTmpfs } from "../support/tmpfs.ts";
import { eventually } from "../support/within.ts";

const reason = await whyNoTmpfs();
const why = reason === undefined ? "" : ` (${reason})`;

function start(disk: Tmpfs): Promise<ServerProcess> {
  return ServerProcess.start(
    ["serve", `--store=sqlite:${disk.path}/inbox.db`],
    {
      cwd: disk.path,
      env: { PERSONA_WEBHOOK_SECRET: SECRET },
    },
  );
}

async function fill(path: string): Promise<void> {
  using file = await Deno.create(path);
  const zeros = new Uint8Array(4096);
  try {
    while (true) await file.write(zeros);
  } catch {
    // It is full.
  }
}

Deno.test({
  name: `an export of the audit trail that does not fit leaves nothing${why}`,
  ignore: reason !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    await using disk = await Tmpfs.mount("1m");
    const options = { cwd: dir.path, env: { PERSONA_WEBHOOK_SECRET: SECRET } };
    {
      await using server = await ServerProcess.start(["serve"], options);
      assertEquals(await server.stop(), 0);
    }
    await fill(`${disk.path}/filler`);
    const file = `${disk.path}/audit.jsonl`;
    const { code, stderr } = await runProgram(
      ["audit", "--export", file],
      options,
    );
    assertEquals(
      [code, stderr],
      [1, `Cannot write ${file}: no space left\nFree space on its disk\n`],
    );
    const names = Array.from(Deno.readDirSync(disk.path), ({ name }) => name);
    assertEquals(names, ["filler"]);
  },
});

Deno.test({
  name: `a full disk gives 503 until there is space again${why}`,
  ignore: reason !== undefined,
  async fn() {
    await using disk = await Tmpfs.mount("8m");
    const account = new Account(5_000);
    await using server = await start(disk);
    for (let i = 0; i < 20; i++) {
      assertEquals(await account.deliver(server.url), 200);
    }
    assertEquals(await statusOf(`${server.url}/readyz`), 200);

    await fill(`${disk.path}/filler`);
    await account.deliverUntilRefused(server.url, 30);
    await eventually(
      60_000,
      async () => await statusOf(`${server.url}/readyz`) === 503,
      () => "/readyz to tell that the disk is full",
    );
    assertEquals(await statusOf(`${server.url}/healthz`), 200);
    await server.logged(/"store failed".*is full.*Free space/);

    await Deno.remove(`${disk.path}/filler`);
    for (let i = 0; i < 20; i++) {
      assertEquals(await account.deliver(server.url), 200);
    }
    await eventually(
      60_000,
      async () => await statusOf(`${server.url}/readyz`) === 200,
      () => "/readyz to tell that there is space again",
    );
    await account.check(`${disk.path}/inbox.db`);
    assertEquals(await server.stop(), 0);
    await account.check(`${disk.path}/inbox.db`, { again: true });
  },
});

Deno.test({
  name:
    `a full disk of the data keys alone fails readiness, and doctor tells${why}`,
  ignore: reason !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    await using disk = await Tmpfs.mount("2m");
    const env = {
      PERSONA_WEBHOOK_SECRET: SECRET,
      INBOX_ENCRYPTION_KEYS: createEncryptionKey("k1"),
      INBOX_KEY_STORE: `sqlite:${disk.path}/keys.db`,
    };
    const options = { cwd: dir.path, env };
    await using server = await ServerProcess.start(["serve"], options);
    const send = async (objectId: string) =>
      (await deliver(server.url, canaryEvent({ objectId }).body)).status;
    assertEquals(await send("inq_1"), 200);
    assertEquals(await statusOf(`${server.url}/readyz`), 200);

    await fill(`${disk.path}/filler`);
    assertEquals(await send("inq_2"), 503);
    await eventually(
      60_000,
      async () => await statusOf(`${server.url}/readyz`) === 503,
      () => "/readyz to tell that no data key can be stored",
    );
    const { code, stdout } = await runProgram(["doctor"], options);
    assertEquals(code, 1, stdout);
    assertMatch(stdout, /free on the disk of the key store/);

    await Deno.remove(`${disk.path}/filler`);
    assertEquals(await send("inq_2"), 200);
    await eventually(
      60_000,
      async () => await statusOf(`${server.url}/readyz`) === 200,
      () => "/readyz to tell that there is space again",
    );
    assertEquals(await server.stop(), 0);
  },
});

for (
  const [what, bodyBytes] of [["common", 6_500], ["large", 400_000]] as const
) {
  Deno.test({
    name: `${what} events fill a disk, whatever was being written${why}`,
    ignore: reason !== undefined,
    async fn() {
      await using disk = await Tmpfs.mount("12m");
      const account = new Account(bodyBytes);
      await using server = await start(disk);
      await account.deliverUntilRefused(server.url, 30);
      assert(account.size > 5, `only ${account.size} events fitted`);
      await account.check(`${disk.path}/inbox.db`);

      await disk.remount("size=64m");
      for (let i = 0; i < 30; i++) {
        assertEquals(await account.deliver(server.url), 200);
      }
      assertEquals(await server.stop(), 0);
      await account.check(`${disk.path}/inbox.db`, { again: true });
    },
  });
}

Deno.test({
  name: `on a full disk the server stops, is killed and starts again${why}`,
  ignore: reason !== undefined,
  async fn() {
    await using disk = await Tmpfs.mount("12m");
    const account = new Account(100_000);
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      await using server = await start(disk);
      await account.deliverUntilRefused(server.url, 30);
      server.kill(signal);
      assertEquals(await server.ended(), signal === "SIGKILL" ? 137 : 0);
      await account.check(`${disk.path}/inbox.db`, { again: true });
    }
  },
});

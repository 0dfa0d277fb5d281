/** Killed without warning, again and again: what was acknowledged is there. */

import { assert, assertEquals } from "@std/assert";
import {
  createEncryptionKey,
  parseEncryptionKeys,
} from "../../lib/encryption_key.ts";
import { Account } from "../support/deliver.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const ENV = { PERSONA_WEBHOOK_SECRET: SECRET };

/** Sends without pause, new events and copies, until nobody answers. */
async function load(account: Account, url: string): Promise<void> {
  while (true) {
    const isCopy = Math.random() < 0.2;
    const id = isCopy ? account.anyId() : account.nextId();
    try {
      const status = await account.deliver(url, id);
      // A slow machine may refuse: then nothing was promised.
      assert(status === 200 || status === 503, `answered ${status}`);
    } catch (error) {
      if (error instanceof TypeError) return; // No answer.
      throw error;
    }
  }
}

/** One life of a server, ended amid its work. */
async function liveAndDie(
  account: Account,
  cwd: string,
  { senders, env = ENV }: {
    senders: number;
    env?: Record<string, string>;
  },
): Promise<void> {
  await using server = await ServerProcess.start(["serve"], { cwd, env });
  await account.check(`${cwd}/data/inbox.db`);
  const before = account.size;
  const sending = Array.from(
    { length: senders },
    () => load(account, server.url),
  );
  const lifeMs = 50 + Math.random() * 250;
  await new Promise((resolve) => setTimeout(resolve, lifeMs));
  while (account.size === before) await account.deliver(server.url);
  server.kill("SIGKILL");
  await Promise.all(sending);
  assertEquals(await server.ended(), 137);
}

Deno.test("kill -9 under load, 20 times in a row, loses nothing acknowledged", async () => {
  await using dir = await TempDir.make();
  const account = new Account();
  for (let round = 0; round < 20; round++) {
    await liveAndDie(account, dir.path, { senders: 16 });
  }
  await account.check(`${dir.path}/data/inbox.db`, { again: true });
});

Deno.test("kill -9 under load with keys, 6 times in a row, leaves nothing acknowledged without its key", async () => {
  await using dir = await TempDir.make();
  const text = createEncryptionKey("k1");
  const parsed = parseEncryptionKeys(text);
  assert(parsed.ok);
  const account = new Account(1_000, parsed.keys);
  const env = { ...ENV, INBOX_ENCRYPTION_KEYS: text };
  for (let round = 0; round < 6; round++) {
    await liveAndDie(account, dir.path, { senders: 16, env });
  }
  const path = `${dir.path}/data/inbox.db`;
  await account.check(path, { again: true });
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env,
  });
  assertEquals(await server.stop(), 0);
  await account.check(path, { again: true });
});

Deno.test("kill -9 while the log is moved to the database loses nothing acknowledged", async () => {
  await using dir = await TempDir.make();
  const account = new Account(200_000);
  const file = `${dir.path}/data/inbox.db`;
  let bytes = 0;
  // A slow machine needs more lives until the log was moved often enough.
  for (let round = 0; round < 6 || bytes <= 4 << 20; round++) {
    assert(round < 100, `${bytes} bytes: the log was hardly ever moved`);
    await liveAndDie(account, dir.path, { senders: 8 });
    bytes = (await Deno.stat(file)).size;
  }
  await account.check(file, { again: true });
});

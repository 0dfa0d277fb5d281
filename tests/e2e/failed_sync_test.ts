/** A sync that fails ends the server before another 200, and nothing is lost. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { Account, deliver } from "../support/deliver.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { canLoseSyncs, LossyDisk } from "../support/lossy_sync.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "off" };

/** Delivers until the server has ended, which may refuse for a while before. */
async function deliverToTheEnd(account: Account, url: string): Promise<void> {
  const endMs = performance.now() + 120_000; // A slow machine has no checkpoint for long.
  while (account.size < 5_000 && performance.now() < endMs) {
    const statuses = await Promise.allSettled(
      Array.from({ length: 8 }, () => account.deliver(url)),
    );
    if (statuses.some(({ status }) => status === "rejected")) return;
  }
  throw new Error(`the server goes on, ${account.size} acknowledged`);
}

const CASES: [about: string, file: string, isForwarding: boolean][] = [
  ["of the log", "inbox.db-wal", false],
  ["of the log, attempts or deliveries", "inbox.db-wal", true],
  ["of the database, while the log is moved", "inbox.db", false],
  ["of the database, beside a destination", "inbox.db", true],
];

for (const [about, file, isForwarding] of CASES) {
  Deno.test({
    name: `a failed sync ${about}, ends the server before another 200`,
    ignore: !canLoseSyncs,
    async fn() {
      await using disk = await LossyDisk.make();
      await using destination = new EchoReceiver(() => new Response("ok"));
      const account = new Account(20_000);
      const cwd = disk.path;
      const forward = isForwarding
        ? { INBOX_FORWARD_URL: destination.url }
        : {};
      await using server = await ServerProcess.start(["serve"], {
        cwd,
        env: { ...env, ...forward, ...disk.env },
      });
      for (let i = 0; i < 20; i++) {
        const status = await account.deliver(server.url);
        assertEquals(status, 200, server.stderr.slice(-2_000));
      }
      await disk.fail(file);
      await deliverToTheEnd(account, server.url);
      assertEquals(await server.ended(), 1);
      const lines = server.stderr.match(/^.*"store lost".*$/gm) ?? [];
      assertEquals(lines.length, 1, server.stderr.slice(-2_000));
      assertMatch(
        lines[0]!,
        /a sync of \S+inbox\.db\S* failed|a sync of the store failed/,
      );
      assert(!server.stderr.includes("bug in"), server.stderr.slice(-2_000));

      // The disk is well again: all that was acknowledged is there.
      await using next = await ServerProcess.start(["serve"], { cwd, env });
      assertEquals(await account.deliver(next.url), 200);
      await account.check(`${cwd}/data/inbox.db`);
      assertEquals(await next.stop(), 0);
      const db = new DatabaseSync(`${cwd}/data/inbox.db`, { readOnly: true });
      const row = db.prepare("PRAGMA integrity_check").get();
      assertEquals(row?.integrity_check, "ok");
      db.close();
    },
  });
}

Deno.test({
  name: "a failed sync of the key store ends the server before another 200",
  ignore: !canLoseSyncs,
  async fn() {
    await using disk = await LossyDisk.make();
    const keys = { INBOX_ENCRYPTION_KEYS: createEncryptionKey("k1") };
    await using server = await ServerProcess.start(["serve"], {
      cwd: disk.path,
      env: { ...env, ...keys, ...disk.env },
    });
    const deliverOf = (objectId: string) =>
      deliver(
        server.url,
        eventText(`evt_${objectId}`).replaceAll("inq_1", objectId),
      );
    assertEquals((await deliverOf("inq_1")).status, 200);
    await disk.fail("inbox.keys.db-wal");
    const { status } = await deliverOf("inq_2");
    assertEquals(status, 503);
    assertEquals(await server.ended(), 1);
    const [line] = server.stderr.match(/^.*"store lost".*$/m) ?? [];
    assertMatch(line ?? "", /Cannot use the key store/);
  },
});

Deno.test({
  name:
    "a failed sync of the key store, while its log is moved, ends the server",
  ignore: !canLoseSyncs,
  async fn() {
    await using disk = await LossyDisk.make();
    const keys = { INBOX_ENCRYPTION_KEYS: createEncryptionKey("k1") };
    const inDisk = { cwd: disk.path, env: { ...env, ...keys } };
    await using server = await ServerProcess.start(["serve"], {
      ...inDisk,
      env: { ...inDisk.env, ...disk.env },
    });
    const acknowledged: string[] = [];
    const deliverNext = async (id: string) => {
      const body = eventText(id).replaceAll("inq_1", `inq_${id}`);
      if ((await deliver(server.url, body)).status === 200) {
        acknowledged.push(id);
      }
    };
    await deliverNext("evt_0");
    await disk.fail("inbox.keys.db");
    for (let i = 1; i < 5_000;) {
      const batch = Array.from({ length: 8 }, () => deliverNext(`evt_${i++}`));
      const results = await Promise.allSettled(batch);
      if (results.some(({ status }) => status === "rejected")) break;
    }
    assertEquals(await server.ended(), 1);
    assertMatch(server.stderr, /"store lost".*Cannot use the key store/);

    await using next = await ServerProcess.start(["serve"], inDisk);
    const last = acknowledged.at(-1)!;
    for (const id of ["evt_0", acknowledged[1]!, last]) {
      const { code, stdout } = await runProgram(
        ["events", id, "--reveal"],
        inDisk,
      );
      assertEquals(code, 0);
      assertMatch(stdout, new RegExp(`inq_${id}`));
    }
    assertEquals(await next.stop(), 0);
  },
});

Deno.test({
  name: "writes to the log that fail end nothing: 503 until they work again",
  ignore: !canLoseSyncs,
  async fn() {
    await using disk = await LossyDisk.make();
    const account = new Account(20_000);
    await using server = await ServerProcess.start(["serve"], {
      cwd: disk.path,
      env: { ...env, ...disk.env },
    });
    for (let i = 0; i < 20; i++) {
      assertEquals(await account.deliver(server.url), 200);
    }
    for (let round = 0; round < 3; round++) {
      await disk.failWrites("inbox.db-wal");
      for (let i = 0; i < 40; i++) {
        assertEquals(await account.deliver(server.url), 503);
      }
      await disk.recover();
      assertEquals(await account.deliver(server.url), 200);
    }
    assert(!server.stderr.includes("a sync of"), server.stderr.slice(-2_000));
    assertEquals(await server.stop(), 0);
    await account.check(`${disk.path}/data/inbox.db`);
  },
});

Deno.test({
  name: "reads of the log that fail are no damage: 503 until they work again",
  ignore: !canLoseSyncs,
  async fn() {
    await using disk = await LossyDisk.make();
    const account = new Account(20_000);
    await using server = await ServerProcess.start(["serve"], {
      cwd: disk.path,
      env: { ...env, ...disk.env },
    });
    assertEquals(await account.deliver(server.url), 200);
    await disk.failReads("inbox.db-wal");
    assertEquals(await account.deliver(server.url), 503);
    await disk.recover();
    assertEquals(await account.deliver(server.url), 200);
    await server.logged(/"the disk failed to read or write"/);
    assert(!server.stderr.includes("damaged"), server.stderr);
    assertEquals(await server.stop(), 0);
    await account.check(`${disk.path}/data/inbox.db`);
  },
});

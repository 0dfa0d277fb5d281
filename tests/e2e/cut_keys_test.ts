/** Files of the key store are gone under load: told before any further 200. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { openSealedReader } from "../../lib/app/open_sealed.ts";
import {
  createEncryptionKey,
  parseEncryptionKeys,
} from "../../lib/encryption_key.ts";
import { deliver, statusOf } from "../support/deliver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { filesIn } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const KEYS = createEncryptionKey("k1");

const env = {
  PERSONA_WEBHOOK_SECRET: SECRET,
  INBOX_ADMIN_PORT: "off",
  INBOX_ENCRYPTION_KEYS: KEYS,
};

async function shorten(path: string, bytes: number): Promise<void> {
  await Deno.truncate(path, (await Deno.stat(path)).size - bytes);
}

async function replaceByCopy(path: string): Promise<void> {
  await Deno.copyFile(path, `${path}.copy`);
  await Deno.rename(`${path}.copy`, path);
}

const moveAway = (path: string) => Deno.rename(path, `${path}.away`);

/** The file of all keys after an orderly end; null if some are lost. */
type Kept = "" | ".saved" | null;

const WAYS: [
  about: string,
  end: "" | "-wal",
  way: (path: string) => Promise<void>,
  kept: Kept,
][] = [
  ["its log emptied", "-wal", (path) => Deno.truncate(path), null],
  ["its log cut by a few bytes", "-wal", (path) => shorten(path, 9), null],
  ["its log removed", "-wal", (path) => Deno.remove(path), ""],
  ["its log moved away", "-wal", moveAway, ""],
  ["its log replaced by a copy", "-wal", replaceByCopy, ""],
  ["it emptied", "", (path) => Deno.truncate(path), null],
  ["it removed", "", (path) => Deno.remove(path), ""],
  ["it moved away", "", moveAway, ""],
  ["it replaced by a copy", "", replaceByCopy, ".saved"],
];

/** Events of new objects, so of new keys, and every third of the same. */
class Senders {
  readonly acknowledged: string[] = [];
  #last = 0;

  async deliver(url: string): Promise<number> {
    const id = `evt_${++this.#last}`;
    const isKnown = this.#last % 3 === 0;
    const body = eventText(id, "x".repeat(1_000))
      .replaceAll("inq_1", isKnown ? "inq_0" : `inq_${id}`);
    const { status } = await deliver(url, body);
    if (status === 200) this.acknowledged.push(id);
    return status;
  }
}

for (const [about, end, way, kept] of WAYS) {
  Deno.test({
    name: `no delivery is acknowledged once the key store has ${about}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using dir = await TempDir.make();
      const options = { cwd: dir.path, env };
      const keyStore = `${dir.path}/data/inbox.keys.db`;
      const senders = new Senders();
      await using server = await ServerProcess.start(["serve"], options);
      let isChanged = false;
      let late = 0;
      const load = Array.from({ length: 8 }, async () => {
        for (let refused = 0; refused < 3;) {
          const wasChanged = isChanged;
          const status = await senders.deliver(server.url);
          if (status === 503) refused++;
          else if (wasChanged) late++;
          assert(status === 200 || status === 503, `answered ${status}`);
          assert(senders.acknowledged.length < 5_000, "it is never told");
        }
      });
      while (senders.acknowledged.length < 60) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await way(`${keyStore}${end}`);
      isChanged = true;
      await Promise.all(load);
      assertEquals(late, 0, "acknowledged after the change");
      assertEquals(await statusOf(`${server.url}/readyz`), 503);
      const [line] = await server.logged(/^.*"store failed".*$/m);
      assertMatch(line, /inbox\.keys\.db/);
      assertMatch(line, /"hint":"(Put it back|Stop the server, restore)/);

      const before = kept === null && end
        ? await Deno.readFile(keyStore)
        : null;
      assertEquals(await server.stop(), 0, server.stderr);
      if (before) {
        const after = await Deno.readFile(keyStore);
        assert(Buffer.from(before).equals(after), "the database has changed");
      }
      if (kept === null) return;
      const left = filesIn(`${dir.path}/data`);
      assert(!left.includes("inbox.keys.db-wal"), left.join(" "));
      if (kept) await Deno.rename(`${keyStore}${kept}`, keyStore);
      const parsed = parseEncryptionKeys(KEYS);
      assert(parsed.ok);
      const reader = await openSealedReader({
        storeUrl: `sqlite:${dir.path}/data/inbox.db`,
        keyStoreUrl: null,
        encryptionKeys: parsed.keys,
      });
      for (const id of senders.acknowledged) {
        const stored = await reader.get(id);
        assertEquals(stored?.unreadable, undefined, id);
      }
      reader.close();
      await using next = await ServerProcess.start(["serve"], options);
      assertEquals(await senders.deliver(next.url), 200);
      assertEquals(await next.stop(), 0);
    },
  });
}

Deno.test({
  name: "no command reads a key store whose log is gone under its server",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const options = { cwd: dir.path, env };
    const log = `${dir.path}/data/inbox.keys.db-wal`;
    const senders = new Senders();
    await using server = await ServerProcess.start(["serve"], options);
    for (let i = 0; i < 5; i++) await senders.deliver(server.url);
    const commands = [
      ["events", "evt_5", "--reveal"],
      ["backup", "--keys", "copy.db"],
      ["keys", "rewrap"],
    ];
    const before = await runProgram(commands[0]!, options);
    assertEquals(before.code, 0, before.stderr);
    const refuse = async () => {
      const runs = commands.map((command) => runProgram(command, options));
      for (const { code, stdout, stderr } of await Promise.all(runs)) {
        assertEquals([code, stdout], [1, ""], stderr);
        assertMatch(
          stderr,
          /inbox\.keys\.db-wal was removed or emptied under the server/,
        );
      }
    };
    await Deno.rename(log, `${log}.away`);
    await refuse();
    await Deno.rename(`${log}.away`, log);
    assertEquals(await senders.deliver(server.url), 200);
    await Deno.truncate(log);
    await refuse();
  },
});

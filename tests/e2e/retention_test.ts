/** Retention of a server: what it erases, what a kill leaves, what a rule keeps. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import {
  deliverAll,
  filesWith,
  isDelivered,
  JANES_REFERENCE,
  setUpErasing,
  statuses,
} from "../support/erasing.ts";
import { makeExpiredStore } from "../support/expired_store.ts";
import { openSealedStore } from "../../lib/app/open_sealed.ts";
import {
  createEncryptionKey,
  type EncryptionKey,
  parseEncryptionKeys,
} from "../../lib/encryption_key.ts";
import { openAudit } from "../../lib/store/open_store.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { openSqliteReader } from "../../lib/store/sqlite/reader.ts";
import { personBody } from "../support/person_event.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { filesIn, putBack, valueOf } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const CANARY = "Canary-Expired-7c1b";
const COUNT = 600;
const KILLS = Number(Deno.env.get("INBOX_TEST_KILLS") ?? 1);

const KEY = createEncryptionKey("k1");

for (const isSealed of [false, true]) {
  const name = isSealed ? "sealed payloads" : "payloads";
  Deno.test(`${name} whose time is over are erased in every file and every backup, whatever kills the server`, async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      await using dir = await TempDir.make();
      await killHalfWay(dir.path, isSealed);
    }
  });
}

async function killHalfWay(folder: string, isSealed: boolean): Promise<void> {
  const path = `${folder}/inbox.db`;
  const env = {
    PERSONA_WEBHOOK_SECRET: SECRET,
    INBOX_ADMIN_PORT: "off",
    INBOX_STORE: `sqlite:${path}`,
    INBOX_LOG_LEVEL: "debug",
    ...isSealed && { INBOX_ENCRYPTION_KEYS: KEY },
  };
  const keys = parseEncryptionKeys(KEY);
  assert(keys.ok);
  const encryptionKeys = isSealed ? keys.keys : [];
  const events = await makeExpiredStore(`sqlite:${path}`, {
    count: COUNT,
    canary: CANARY,
    encryptionKeys,
  });
  const options = { cwd: folder, env };
  await using aside = await TempDir.make();
  const backup = `${aside.path}/backup.db`;
  await Deno.copyFile(path, backup);
  {
    await using server = await ServerProcess.start(["serve"], options);
    await server.logged(/"msg":"listening"/);
    await delay(3_050 + Math.random() * 700);
    server.kill("SIGKILL");
    await server.ended();
  }
  const killed = `${aside.path}/killed`;
  await Deno.mkdir(killed);
  for (const file of filesIn(folder)) {
    await Deno.copyFile(`${folder}/${file}`, `${killed}/${file}`);
  }
  const erasedOf = () =>
    erasedAtStart(`sqlite:${killed}/inbox.db`, encryptionKeys);
  const before = Number(valueOf(
    `${killed}/inbox.db`,
    "SELECT count(*) FROM events WHERE erased_at_ms IS NOT NULL",
  ));
  const erased = await erasedOf();
  assert(erased.length >= before);
  await putBack(backup, `${killed}/inbox.db`);
  assertEquals(await erasedOf(), erased, "a restored backup has the same");

  await using server = await ServerProcess.start(["serve"], options);
  await server.logged(/"msg":"retention passed"/);
  assertEquals(await server.stop(), 0);
  assertEquals(await filesWith(folder, CANARY), []);
  const reader = openSqliteReader(path);
  const rows = await reader.list({ limit: COUNT + 9 });
  assertEquals(rows.length, COUNT);
  const left = Number(valueOf(path, "SELECT count(*) FROM bodies"));
  assert(left < COUNT / 3, `their pages are used again, but of ${left}`);
  assert(rows.every(({ status }) => status === "erased"));
  reader.close();
  assertEquals(await recordedCount(`sqlite:${path}`), COUNT);
  await putBack(backup, path);
  const restored = await erasedAtStart(`sqlite:${path}`, encryptionKeys);
  assertEquals(restored.length, COUNT);
  assertEquals(await filesWith(folder, CANARY), []);
  if (isSealed) return;
  const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  const duplicate = { ok: true, duplicate: true } as const;
  assertEquals(await store.accept(events[7]!, ["app"]), duplicate);
  await store.close();
}

/** The ids of what is erased once a store is open. */
async function erasedAtStart(
  storeUrl: string,
  encryptionKeys: readonly EncryptionKey[],
): Promise<string[]> {
  const config = { storeUrl, encryptionKeys, keyStoreUrl: null };
  const store = await openSealedStore(config, { bodyBytesMax: 1 << 20 });
  const reader = store.openReader();
  const rows = await reader.list({ status: "erased", limit: COUNT });
  reader.close();
  await store.close();
  return rows.map(({ id }) => id);
}

/** The events that the audit trail counts, of each erasure by its number. */
async function recordedCount(storeUrl: string): Promise<number> {
  const counts = new Map<string, number>();
  for await (const record of openAudit(storeUrl).records()) {
    const match = /^erasure (\d+): (\d+) events by /.exec(record?.detail ?? "");
    if (match) counts.set(match[1]!, Number(match[2]));
  }
  return [...counts.values()].reduce((sum, one) => sum + one, 0);
}

Deno.test("a min keeps from erase and redaction, and the audit trail says by which rule", async () => {
  await using setup = await setUpErasing({
    onRedacted: "erase",
    retention: [{ match: "inquiry.*", min: "5y", basis: "AML Act" }],
  });
  const { options } = setup;
  await using server = await ServerProcess.start(["serve"], options);
  await deliverAll(server);
  const reference = `--reference=${JANES_REFERENCE}`;
  const erase = ["erase", reference, "--yes", "--except-held"];
  const erased = await runProgram(erase, options);
  assertEquals(erased.code, 0);
  assertMatch(
    erased.stderr,
    /inq_jane is on hold until \d{4}-\S+: inquiry\.\* is kept for 5y, AML Act/,
  );
  const redacted = personBody({
    id: "evt_9",
    objectId: "inq_john",
    name: "inquiry.redacted",
    redactedAt: "2024-02-16T00:00:00.000Z",
  });
  assertEquals((await deliver(server.url, redacted)).status, 200);
  await isDelivered(server, "evt_9");
  await server.logged(/"msg":"not erased","eventId":"evt_9"/);
  const all = await statuses(options);
  assertEquals([all.evt_2, all.evt_4], ["done", "done"]);
  assertEquals([all.evt_1, all.evt_3], ["erased", "erased"]);
  const { stdout } = await runProgram(["audit", "--json"], options);
  const refused = stdout.split("\n").filter((line) => /refused/.test(line));
  assertEquals(refused.length, 2, stdout);
  assert(refused.every((line) => line.includes("kept for 5y, AML Act")));
});

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

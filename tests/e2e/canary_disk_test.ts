/** With keys set: every byte on disk, of SQLite and of PostgreSQL, after whatever happens. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { policyTexts } from "../../lib/persona/retention_policy.ts";
import { STATUS_CODES } from "../../lib/store/status_codes.ts";
import {
  ANSWER,
  CANARIES,
  canaryEvent,
  filesWith,
  leaksIn,
  writeParrots,
} from "../support/canaries.ts";
import { deliver } from "../support/deliver.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { execSql, putBack } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const DAY_MS = 86_400_000;
const [K1, K2] = [createEncryptionKey("k1"), createEncryptionKey("k2")];

/** A store, and what else there is beside the folder of the server. */
interface Disk {
  readonly storeUrl: string;
  /** Folders that are searched. */
  readonly folders: readonly string[];
  /** Ends the server, or its database, without notice. */
  crash(server: ServerProcess): Promise<void>;
  /** Copies all of it to a file in the folder of the server. */
  backUp(options: { cwd: string; env: Record<string, string> }): Promise<void>;
  /** The sealed payloads of an object and its wrapped keys: where they can be erased. */
  sealedOf?(objectId: string): Uint8Array[];
  /** Makes all that is stored so old that its time is over. */
  age(): Promise<void>;
  /** Puts the copy in the place of the store, without its keys and its log of erasures. */
  restore(): Promise<void>;
  /** Writes a text as it is. */
  control(text: string): Promise<void>;
}

async function assertNoLeaks(dir: TempDir, disk: Disk): Promise<void> {
  await using parrot = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => new Response(`${ANSWER} ${await request.text()}`),
  );
  await writeParrots(dir.path, `http://127.0.0.1:${parrot.addr.port}/`);
  await Deno.mkdir(`${dir.path}/tmp`);
  const optionsOf = (keys: string) => ({
    cwd: dir.path,
    env: {
      PERSONA_WEBHOOK_SECRET: SECRET,
      INBOX_ADMIN_PORT: "0",
      INBOX_STORE: disk.storeUrl,
      INBOX_ENCRYPTION_KEYS: keys,
      TMPDIR: `${dir.path}/tmp`,
    },
  });
  const check = async (when: string) => {
    for (const folder of disk.folders) {
      assertEquals(await leaksIn(folder), [], when);
    }
  };
  const run = async (args: string[], keys: string) => {
    const result = await runProgram(args, optionsOf(keys));
    assertEquals(result.code, 0, `${args.join(" ")}: ${result.stderr}`);
    return result.stdout;
  };
  // The reference that two have is erased; another person's event is not.
  const [erased, kept] = [canaryEvent(), canaryEvent()];
  const expired = canaryEvent({ reference: "another" });
  {
    await using server = await ServerProcess.start(["serve"], optionsOf(K1));
    for (const { body } of [erased, kept, kept, expired]) {
      assertEquals((await deliver(server.url, body)).status, 200);
    }
    // Signed, but no event; and not signed by us.
    const other = JSON.stringify(CANARIES);
    assertEquals((await deliver(server.url, other)).status, 200);
    const refused = await fetch(`${server.url}/webhook`, {
      method: "POST",
      headers: { "persona-signature": "t=1,v1=00", "x-name": CANARIES[0]! },
      body: kept.body,
    });
    assertEquals(refused.status, 401);
    await refused.body?.cancel();
    await ended(server, 3);
    await disk.crash(server);
    await check("after kill -9");
  }
  const keys = `${K2},${K1}`;
  await using server = await ServerProcess.start(["serve"], optionsOf(keys));
  await run(["replay", erased.id, kept.id, "--again", "--yes"], keys);
  await ended(server, 2);
  await disk.backUp(optionsOf(keys));
  const sealed = disk.sealedOf?.(erased.objectId) ?? [];
  await run(["keys", "rewrap"], keys);
  for (const one of disk.sealedOf?.(erased.objectId) ?? []) {
    const found = await filesWith(one, `${dir.path}/data`);
    assert(found.length > 0, "the search finds what is there");
    sealed.push(one);
  }
  await check("after replaying, a backup and rewrapping");
  const shown = await run(["events", kept.id, "--reveal-tokens"], keys);
  for (const canary of CANARIES) assert(shown.includes(canary), canary);
  await run(["erase", "--object", erased.objectId, "--yes"], keys);
  for (const one of sealed) {
    const found = await filesWith(one, `${dir.path}/data`);
    assertEquals(
      found,
      [],
      "erased, though the keys of the settings are known",
    );
  }
  assertEquals(await server.stop(), 0);
  await check("after erasing");
  await disk.age();
  const left = disk.sealedOf?.(expired.objectId) ?? [];
  for (const when of ["retention", "a backup is back"]) {
    if (when !== "retention") await disk.restore();
    const debug = ["serve", "--log-level=debug"];
    await using server = await ServerProcess.start(debug, optionsOf(keys));
    await server.logged(/"msg":"retention passed"/);
    const listed = await run(["events", "--json"], keys);
    for (const { id } of [erased, kept, expired]) {
      assertMatch(listed, new RegExp(`"id":"${id}".*"status":"erased"`), when);
    }
    assertEquals(await server.stop(), 0);
    for (const one of [...sealed, ...left]) {
      assertEquals(await filesWith(one, `${dir.path}/data`), [], when);
    }
    await check(`after ${when}`);
  }
  const to = `sqlite:${dir.path}/copy/inbox.db`;
  await run(["migrate-store", "--from", disk.storeUrl, "--to", to], keys);
  await check("at the end, and of a copy");
  await disk.control(ANSWER);
  const found = await Promise.all(disk.folders.map(leaksIn));
  assert(found.flat().length > 0, "the search finds what is there");
}

/** Resolves when so many events have been to all destinations. */
async function ended(server: ServerProcess, count: number): Promise<void> {
  const each = [/"delivered".*"http"/, /"dead letter".*"exec"/];
  for (const line of [...each, /"dead letter".*"module"/]) {
    await server.logged(new RegExp(`(?:${line.source}[^]*){${count}}`));
  }
}

Deno.test("with keys set no byte of a payload or an answer is on disk in the clear, in SQLite", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/data/inbox.db`;
  await assertNoLeaks(dir, {
    storeUrl: `sqlite:${path}`,
    folders: [dir.path],
    async crash(server) {
      server.kill("SIGKILL");
      await server.ended();
    },
    async backUp(options) {
      for (const flags of [["copy.db"], ["--keys", "keys.db"]]) {
        const { code, stderr } = await runProgram(
          ["backup", ...flags],
          options,
        );
        assertEquals(code, 0, stderr);
      }
    },
    sealedOf(objectId) {
      const stored = rowsOf(
        path,
        `SELECT body AS bytes FROM bodies JOIN events USING (seq)
         WHERE object_id = ?1 UNION ALL SELECT CAST(output AS BLOB)
         FROM attempts JOIN events USING (seq) WHERE object_id = ?1`,
        objectId,
      );
      const keys = rowsOf(
        `${dir.path}/data/inbox.keys.db`,
        "SELECT wrapped AS bytes FROM data_keys WHERE owner = ?1",
        objectId,
      );
      assert(stored.length > 3 && keys.length === 1);
      return [...stored, ...keys];
    },
    age: () => Promise.resolve(execSql(path, aged(""))),
    restore: () => putBack(`${dir.path}/copy.db`, path),
    control: (text) => Deno.writeTextFile(`${dir.path}/control`, text),
  });
});

/** The rules are in force, and all that is stored is 100 days old. */
function aged(schema: string): string {
  const nowMs = Date.now();
  const state = {
    rules: policyTexts({
      retention: [],
      retentionDays: 90,
      retentionDeadDays: null,
    }),
    fromMs: nowMs,
    floors: [],
    isReclaimable: false,
  };
  return `UPDATE ${schema}events SET received_at_ms = ${nowMs - 100 * DAY_MS};
    UPDATE ${schema}dispatches SET status = ${STATUS_CODES.done}
      WHERE status = ${STATUS_CODES.dead};
    UPDATE ${schema}retention SET state = '${JSON.stringify(state)}'`;
}

function rowsOf(path: string, sql: string, value: string): Uint8Array[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare(sql).all(value).map(({ bytes }) => {
      assert(bytes instanceof Uint8Array);
      return bytes;
    });
  } finally {
    db.close();
  }
}

Deno.test({
  name:
    "with keys set no byte of a payload or an answer is in PostgreSQL's folder, its log included",
  ignore: await whyNoPostgres() !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    // Every statement of a client is logged, too.
    await using cluster = await PostgresCluster.start(
      "log_statement = all\nlog_min_error_statement = error",
    );
    const [storeUrl, schema] = [await cluster.database(), "persona_inbox"];
    await assertNoLeaks(dir, {
      storeUrl,
      folders: [dir.path, cluster.folder],
      async crash(server) {
        await cluster.kill();
        await cluster.start();
        // Others wait for the leases of one that was killed.
        assertEquals(await server.stop(), 0);
      },
      async backUp() {
        const args = [`--schema=${schema}`, `--file=${dir.path}/dump`];
        await cluster.tool("pg_dump", [
          "-Fc",
          "--compress=0",
          ...args,
          storeUrl,
        ]);
      },
      async age() {
        await cluster.sql(aged(`${schema}.`), storeUrl);
      },
      async restore() {
        await cluster.sql(`DROP SCHEMA ${schema} CASCADE`, storeUrl);
        const args = [`--dbname=${storeUrl}`, "--single-transaction"];
        await cluster.tool("pg_restore", [...args, `${dir.path}/dump`]);
        // The lease of the server that had it then ends by itself, but late.
        await cluster.sql(
          `UPDATE ${schema}.retention SET expires_at = '-infinity'`,
          storeUrl,
        );
      },
      async control(text) {
        await cluster.sql(`CREATE TABLE control AS SELECT '${text}' AS text`);
      },
    });
  },
});

/** A key store in another engine than the store. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Account } from "../support/deliver.ts";
import { freePort } from "../support/free_port.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const ignore = await whyNoPostgres() !== undefined;

Deno.test({
  name: "serve keeps the permissions that a key store elsewhere needs",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    await using dir = await TempDir.make();
    const key = crypto.getRandomValues(new Uint8Array(32)).toBase64();
    const places = [
      [await cluster.database(), `sqlite:${dir.path}/keys.db`],
      [`sqlite:${dir.path}/inbox.db`, cluster.schema()],
    ];
    for (const [store = "", keyStore = ""] of places) {
      const env = {
        PERSONA_WEBHOOK_SECRET: SECRET,
        INBOX_STORE: store,
        INBOX_KEY_STORE: keyStore,
        INBOX_ENCRYPTION_KEYS: `k1:${key}`,
      };
      const options = { cwd: dir.path, env };
      await using server = await ServerProcess.start(["serve"], options);
      assertEquals(await new Account().deliver(server.url), 200, store);
      assertEquals(await server.stop(), 0);
    }
  },
});

Deno.test({
  name: "serve says that Deno does not permit the place of a key store",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using dir = await TempDir.make();
    const key = crypto.getRandomValues(new Uint8Array(32)).toBase64();
    const env = {
      PERSONA_WEBHOOK_SECRET: SECRET,
      INBOX_KEY_STORE: "sqlite:/dev/shm/persona-inbox-test/keys.db",
      INBOX_ENCRYPTION_KEYS: `k1:${key}`,
    };
    const { code, stderr } = await runProgram(["serve"], {
      cwd: dir.path,
      env,
    });
    assertEquals(code, 1, stderr);
    const fault =
      "Cannot open key store at /dev/shm/persona-inbox-test/keys.db: Deno does not permit it";
    assert(stderr.includes(fault), stderr);
  },
});

Deno.test({
  name:
    "what says that a database cannot be used names the setting that it is of",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    await using dir = await TempDir.make();
    const key = crypto.getRandomValues(new Uint8Array(32)).toBase64();
    const store = await cluster.database();
    const nowhere = `postgres://u@127.0.0.1:${freePort()}/ks`;
    const missing = new URL(store);
    missing.pathname = "/ks";
    const sqlite = `sqlite:${dir.path}/inbox.db`;
    const unreachable =
      "PostgreSQL cannot be reached: nothing listens there\nIs it running, and are host and port in";
    const create = "Create the database, or name another one in";
    const ofKeys = "the key store's database, ks at 127.0.0.1:";
    const table: [store: string, keyStore: string | null, told: string[]][] = [
      [store, nowhere, [ofKeys, `${unreachable} INBOX_KEY_STORE right?`]],
      [store, missing.href, [ofKeys, `${create} INBOX_KEY_STORE\n`]],
      [sqlite, nowhere, [
        "Cannot use the database ks at 127.0.0.1:",
        `${unreachable} INBOX_KEY_STORE (`,
      ]],
      [nowhere, null, [`${unreachable} INBOX_STORE right?`]],
      [missing.href, store, [`${create} INBOX_STORE\n`]],
    ];
    for (const [storeUrl, keyStoreUrl, told] of table) {
      const env = {
        PERSONA_WEBHOOK_SECRET: SECRET,
        INBOX_STORE: storeUrl,
        ...(keyStoreUrl !== null && { INBOX_KEY_STORE: keyStoreUrl }),
        INBOX_ENCRYPTION_KEYS: `k1:${key}`,
      };
      const options = { cwd: dir.path, env };
      const { code, stderr } = await runProgram(["serve"], options);
      assertEquals(code, 1, stderr);
      for (const text of told) assertStringIncludes(stderr, text);
    }
  },
});

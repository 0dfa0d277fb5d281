/** `keys rewrap` beside several servers that share a store. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { Account } from "../support/deliver.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

const [K1, K2] = [createEncryptionKey("k1"), createEncryptionKey("k2")];

Deno.test({
  name:
    "keys rewrap on PostgreSQL waits until every running server has the new key",
  ignore: await whyNoPostgres() !== undefined,
  async fn() {
    await using cluster = await PostgresCluster.start();
    await using dir = await TempDir.make();
    const INBOX_STORE = cluster.schema();
    const optionsOf = (keys: string) => ({
      cwd: dir.path,
      env: {
        PERSONA_WEBHOOK_SECRET: SECRET,
        INBOX_STORE,
        INBOX_ENCRYPTION_KEYS: keys,
      },
    });
    const [before, after] = [optionsOf(K1), optionsOf(`${K2}, ${K1}`)];
    const rewrap = () => runProgram(["keys", "rewrap"], after);
    await using first = await ServerProcess.start(["serve"], before);
    await using second = await ServerProcess.start(["serve"], before);
    assertEquals(await new Account().deliver(first.url), 200);
    const none = await rewrap();
    assertEquals(none.code, 2, none.stdout);
    assertStringIncludes(none.stderr, "2 of 2 running servers");
    assertEquals(await first.stop(), 0);
    await using third = await ServerProcess.start(["serve"], after);
    // One that had no time to sign off counts until its lease runs out.
    let one = await rewrap();
    await eventually(60_000, async () => {
      assertEquals(one.code, 2, one.stdout);
      if (one.stderr.includes("1 of 2 running servers")) return true;
      one = await rewrap();
      return false;
    }, () => `1 of 2 in ${one.stderr}`);
    assertEquals(await second.stop(), 0);
    let all = await rewrap();
    await eventually(60_000, async () => {
      if (all.code === 0) return true;
      all = await rewrap();
      return false;
    }, () => `a rewrap: ${all.stderr}`);
    assertStringIncludes(all.stdout, '"k2":2');
    assertEquals(await new Account().deliver(third.url), 200);
    assertEquals(await third.stop(), 0);
  },
});

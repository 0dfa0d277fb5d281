/** A key store in another engine than the store. */

import { assertEquals } from "@std/assert";
import { Account } from "../support/deliver.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
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

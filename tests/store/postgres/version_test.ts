import { assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../../lib/errors.ts";
import {
  openAudit,
  openContents,
  openReader,
  openStore,
} from "../../../lib/store/open_store.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";

const reason = await whyNoPostgres();

Deno.test({
  name: `a reader refuses what is no store of its version${
    reason === undefined ? "" : ` (${reason})`
  }`,
  ignore: reason !== undefined,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = cluster.schema();
    const schema = new URL(url).searchParams.get("schema");
    const refuse = async (words: string) => {
      const reader = openReader(url);
      await assertRejects(() => reader.list({ limit: 1 }), StoreError, words);
      reader.close();
      await assertRejects(() => openContents(url), StoreError, words);
    };
    await refuse("there is no store");
    const trail = await Array.fromAsync(openAudit(url).records());
    assertEquals(trail, [], "no trail before there is a store");

    const store = await openStore(url, { bodyBytesMax: 9 });
    const table = `${schema}.schema_version`;
    await cluster.sql(`UPDATE ${table} SET version = version + 1`);
    await refuse("this program knows up to");
    // The server that has it open goes on beside those of the newer version.
    const own = store.openReader();
    assertEquals(await own.list({ limit: 1 }), []);
    own.close();
    await store.close();
  },
  // A reader closes its connections a little later.
  sanitizeOps: false,
  sanitizeResources: false,
});

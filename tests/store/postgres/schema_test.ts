import { assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../../lib/errors.ts";
import { openPostgresStore } from "../../../lib/store/postgres/open.ts";
import { SCHEMA_VERSION } from "../../../lib/store/postgres/schema.ts";
import { deliveries } from "../../support/deliveries.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { postgresPlace } from "../../support/postgres_place.ts";

const ignore = await whyNoPostgres() !== undefined;

function open(url: string) {
  return openPostgresStore(url, postgresPlace(url), { bodyBytesMax: 1_024 });
}

Deno.test({
  name: "openPostgresStore() creates a store once, however many try",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const stores = await Promise.all(
      Array.from({ length: 6 }, () => open(url)),
    );
    const [first] = deliveries(1);
    const results = await Promise.all(
      stores.map((store) => store.accept(first!)),
    );
    const stored = results.filter((one) => one.ok && !one.duplicate);
    assertEquals([results.length, stored.length], [6, 1]);
    for (const store of stores) await store.close();
    const version = "SELECT version FROM persona_inbox.schema_version";
    assertEquals(await cluster.sql(version, url), String(SCHEMA_VERSION));
  },
});

Deno.test({
  name: "openPostgresStore() refuses a newer schema, which stays as it is",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    await (await open(url)).close();
    const newer = SCHEMA_VERSION + 1;
    await cluster.sql(
      `UPDATE persona_inbox.schema_version SET version = ${newer};
       ALTER TABLE persona_inbox.events ADD COLUMN of_the_future text`,
      url,
    );
    const catalog = `SELECT string_agg(table_name || column_name, ','
      ORDER BY table_name, column_name) FROM information_schema.columns
      WHERE table_schema = 'persona_inbox'`;
    const before = await cluster.sql(catalog, url);
    await assertRejects(
      () => open(url),
      StoreError,
      `its schema has version ${newer}, this program knows up to ${SCHEMA_VERSION}`,
    );
    assertEquals(await cluster.sql(catalog, url), before);
  },
});

Deno.test({
  name:
    "openPostgresStore() needs no right on the database beside its own schema",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    await cluster.sql("CREATE ROLE plain LOGIN", url);
    const own = url.replace("persona@", "plain@");
    await assertRejects(() => open(own), StoreError, "permission denied");
    await cluster.sql("CREATE SCHEMA persona_inbox AUTHORIZATION plain", url);
    const store = await open(own);
    const [first] = deliveries(1);
    assertEquals((await store.accept(first!)).ok, true);
    await store.close();
  },
});

Deno.test({
  name:
    "openPostgresStore() tells of settings by which the server could lose events",
  ignore,
  async fn() {
    const settings = ["fsync", "full_page_writes", "synchronous_commit"];
    await using cluster = await PostgresCluster.start(
      settings.map((name) => `${name} = off`).join("\n"),
    );
    const store = await open(await cluster.database());
    const told = store.warnings.map(({ message }) =>
      /(\w+)=off/.exec(message)?.[1] ?? ""
    );
    assertEquals(told, settings);
    await store.close();
  },
});

Deno.test({
  name:
    "openPostgresStore() migrates a store of the first version, with what is in it",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const [one, two] = deliveries(2);
    const before = await open(url);
    await before.accept(one!, ["a"]);
    await before.close();
    await cluster.sql(
      `ALTER TABLE persona_inbox.bodies
         DROP COLUMN digest, DROP COLUMN headers;
       ALTER TABLE persona_inbox.instances DROP COLUMN destinations;
       ALTER TABLE persona_inbox.bodies RESET (toast_tuple_target);
       ALTER TABLE persona_inbox.events
         DROP COLUMN erased_at_ms, DROP COLUMN body_mac;
       DROP TABLE persona_inbox.key_store, persona_inbox.holds,
         persona_inbox.deferred_erasures, persona_inbox.retention,
         persona_inbox.passed_over, persona_inbox.erasures;
       ALTER TABLE persona_inbox.counters DROP COLUMN epoch;
       DROP INDEX persona_inbox.links_of_objects;
       DELETE FROM persona_inbox.counters WHERE name = 'holds';
       ALTER TABLE persona_inbox.instances DROP COLUMN key_ids;
       UPDATE persona_inbox.schema_version SET version = 1`,
      url,
    );
    const store = await open(url);
    const results = [await store.accept(one!), await store.accept(two!)];
    assertEquals(results, [
      { ok: true, duplicate: true },
      { ok: true, duplicate: false },
    ]);
    const reader = store.openReader();
    const found = await reader.list({ limit: 9 });
    assertEquals(found.map(({ id }) => id), [two!.id, one!.id]);
    assertEquals((await reader.get(one!.id))?.body, one!.body);
    reader.close();
    await store.close();
    const version = "SELECT version FROM persona_inbox.schema_version";
    assertEquals(await cluster.sql(version, url), String(SCHEMA_VERSION));
  },
});

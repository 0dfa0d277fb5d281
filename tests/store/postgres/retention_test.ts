import { assert, assertEquals } from "@std/assert";
import { openStore } from "../../../lib/store/open_store.ts";
import { Database } from "../../../lib/store/postgres/database.ts";
import { delivery } from "../../support/deliveries.ts";
import { OpenStore } from "../../support/open_store.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { postgresPlace } from "../../support/postgres_place.ts";

const why = await whyNoPostgres();
const OPTIONS = { bodyBytesMax: 1024 };

Deno.test({
  name:
    "retention on PostgreSQL: one instance has the lease, and a restored store has nothing again" +
    (why === undefined ? "" : ` (${why})`),
  ignore: why !== undefined,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = cluster.schema();
    const open = new OpenStore(await openStore(url, OPTIONS));
    const other = await openStore(url, OPTIONS);
    assert(await open.store.leaseRetention());
    assertEquals(await other.leaseRetention(), false);
    for (const i of [1, 2, 3]) {
      await open.accept(delivery(`evt_${i}`, { objectId: "inq_1" }), ["a"]);
    }
    const all = await open.reader.kept({ afterSeq: 0, limit: 9 });
    const events = all.filter(({ seq }) => seq !== 2);
    assert(await open.store.expire({ events, erasedAtMs: 7 }));
    assert(await open.store.saveRetention({ state: "", done: events }));
    assert(await open.store.reclaim());
    await open.close();
    assert(await other.leaseRetention(), "given back at the end");
    await other.close();

    const database = new Database(postgresPlace(url), { connectionsMax: 1 });
    await database.query(`
      UPDATE $schema.events SET erased_at_ms = NULL;
      UPDATE $schema.bodies SET body = 'again';
      UPDATE $schema.erasures SET position = 0`);
    await database.close();
    const restored = new OpenStore(await openStore(url, OPTIONS));
    const rows = await restored.reader.list({ limit: 9 });
    assertEquals(rows.map(({ status }) => status), [
      "erased",
      "pending",
      "erased",
    ]);
    await restored.close();
  },
});

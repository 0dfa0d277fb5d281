import { assert, assertEquals } from "@std/assert";
import { openStore } from "../../../lib/store/open_store.ts";
import type { Hold } from "../../../lib/store/holds.ts";
import { Database } from "../../../lib/store/postgres/database.ts";
import { delivery } from "../../support/deliveries.ts";
import { expiryOf } from "../../support/expire_events.ts";
import { OpenStore } from "../../support/open_store.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { postgresPlace } from "../../support/postgres_place.ts";
import { eventually } from "../../support/within.ts";

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
    assert(await open.store.expire(expiryOf(events)));
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

Deno.test({
  name:
    "retention on PostgreSQL: what a kill left of a chunk is erased before the next hold" +
    (why === undefined ? "" : ` (${why})`),
  ignore: why !== undefined,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = cluster.schema();
    const open = new OpenStore(await openStore(url, OPTIONS));
    for (const i of [1, 2]) {
      await open.accept(delivery(`evt_${i}`, { objectId: `inq_${i}` }));
    }
    const database = new Database(postgresPlace(url), { connectionsMax: 2 });
    const events = await open.reader.kept({ afterSeq: 0, limit: 1 });
    const locked = Promise.withResolvers<void>();
    const killed = Promise.withResolvers<void>();
    // The erasure waits for this lock, with the log written, until it is killed.
    const locking = database.transaction(async (query) => {
      await query("LOCK TABLE $schema.bodies IN EXCLUSIVE MODE");
      locked.resolve();
      await killed.promise;
    }, 60_000);
    await locked.promise;
    const expired = open.store.expire(expiryOf(events));
    await eventually(20_000, async () => {
      const rows = await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND query LIKE '%marked AS%'`,
      );
      return rows.length > 0;
    }, () => "a lock that is waited for");
    assertEquals(await expired, null);
    killed.resolve();
    await locking;
    assertEquals((await open.reader.erasures()).position, 0);
    const kept = async () =>
      (await open.reader.kept({ afterSeq: 0, limit: 9 })).map(({ id }) => id);
    assertEquals(await kept(), ["evt_1", "evt_2"]);
    assert(await open.store.setHolds([holdOf("inq_1")]));
    assertEquals(await kept(), ["evt_2"]);
    assertEquals((await open.reader.erasures()).position, 1);
    await database.close();
    await open.close();
  },
});

function holdOf(objectId: string): Hold {
  return {
    kind: "object",
    token: objectId,
    ofToken: null,
    linkToken: null,
    linkKey: null,
    reason: "a court",
    byWhom: "alice",
    atMs: 1,
    untilMs: null,
  };
}

import { assert, assertEquals, assertFalse } from "@std/assert";
import { Database } from "../../../lib/store/postgres/database.ts";
import { openPostgresStore } from "../../../lib/store/postgres/open.ts";
import { attempt } from "../../support/attempts.ts";
import { delivery } from "../../support/deliveries.ts";
import { OpenStore } from "../../support/open_store.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { postgresPlace } from "../../support/postgres_place.ts";
import { eventually } from "../../support/within.ts";

const ignore = await whyNoPostgres() !== undefined;

Deno.test({
  name: "record() under an old fencing number changes nothing",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const options = { bodyBytesMax: 1_024 };
    const place = postgresPlace(url);
    const open = new OpenStore(await openPostgresStore(url, place, options));
    await using _ = { [Symbol.asyncDispose]: () => open.close() };
    const seq = await open.accept(delivery("evt_1"), ["a"]);
    const outbox = await open.outbox("a");
    const [dispatch] = await open.pending("a");
    assert(outbox.canBegin(dispatch!));
    const moved = open.moved("a");
    const leases = "UPDATE persona_inbox.leases SET fence = fence + 1";
    await cluster.sql(
      `${leases}, holder = 'other', expires_at = now() + interval '1 hour'`,
      url,
    );
    const key = { seq, destination: "a" };
    assert(await outbox.record(attempt(key, dispatch)));
    assertEquals(await open.statusesOf("evt_1"), "pending: a pending");
    assertEquals((await open.get("evt_1")).dispatches[0]?.attempts, []);
    await moved;
    assertFalse(outbox.canBegin(dispatch!));
    assertEquals(await outbox.load(dispatch!), undefined);
    assertEquals(await open.pending("a"), []);

    // The other one dies.
    await cluster.sql(`${leases}, expires_at = now()`, url);
    await eventually(
      60_000,
      async () => (await open.pending("a")).length === 1,
      () => "what the other one left",
    );
    assert(outbox.canBegin(dispatch!));
    assert(await outbox.record(attempt(key, dispatch)));
    assertEquals(await open.statusesOf("evt_1"), "done: a done");
  },
});

Deno.test({
  name:
    "an answer that is recorded while its event is being erased is not kept",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const options = { bodyBytesMax: 1_024 };
    const place = postgresPlace(url);
    const open = new OpenStore(await openPostgresStore(url, place, options));
    await using _ = { [Symbol.asyncDispose]: () => open.close() };
    const seq = await open.accept(delivery("evt_1"), ["a"]);
    const outbox = await open.outbox("a");
    const [dispatch] = await open.pending("a");
    const database = new Database(place, { connectionsMax: 2 });
    const waiting = (count: number) =>
      eventually(60_000, async () => {
        const [row] = await database.query(
          "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
        );
        return Number(row?.n) === count;
      }, () => `${count} statements that wait`);
    const held = await database.transaction(async (query) => {
      await query(
        "SELECT FROM $schema.counters WHERE name = 'events' FOR UPDATE",
      );
      const erasing = open.store.erase({
        objectIds: ["inq_1"],
        eventIds: [],
        throughSeq: seq,
        beforeMs: 0,
        erasedAtMs: 1,
        links: [],
      });
      await waiting(1);
      const made = attempt({ seq, destination: "a" }, { output: "personal" });
      const recording = outbox.record({ ...made, ...dispatch! });
      await waiting(2);
      return { results: Promise.all([erasing, recording]) };
    }, 60_000);
    assertEquals(await held.results, ["erased", true]);
    const { dispatches: [one] } = await open.get("evt_1");
    assertEquals(one?.status, "done");
    assertEquals(one?.attempts.map(({ output }) => output), [""]);
    await database.close();
  },
});

Deno.test({
  name: "canBegin() is false once renewals fail for too long",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const options = { bodyBytesMax: 1_024 };
    const place = postgresPlace(url);
    const store = await openPostgresStore(url, place, options);
    await store.accept(delivery("evt_1"), ["a"]);
    const outboxes = store.openOutboxes();
    // A lease of 30 s is too short for more than one renewal to fail.
    const outbox = await outboxes.open("a", { attemptMsMax: 9_500 });
    const [dispatch] = await outbox.pending({ afterSeq: 0, limit: 1 });
    assert(outbox.canBegin(dispatch!));
    await cluster.signal("SIGSTOP");
    try {
      await eventually(
        60_000,
        () => Promise.resolve(!outbox.canBegin(dispatch!)),
        () => "the end of the lease",
      );
    } finally {
      await cluster.signal("SIGCONT");
    }
    await eventually(
      60_000,
      () => Promise.resolve(outbox.canBegin(dispatch!)),
      () => "the lease again",
    );
    await outboxes.close();
    await store.close();
  },
});

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Database } from "../../../lib/store/postgres/database.ts";
import {
  DeadlineError,
  describeFault,
} from "../../../lib/store/postgres/errors.ts";
import { openPostgresStore } from "../../../lib/store/postgres/open.ts";
import type { StoreFault } from "../../../lib/store/store_fault.ts";
import { deliveries, delivery } from "../../support/deliveries.ts";
import {
  giveToPostgres,
  PostgresCluster,
  whyNoPostgres,
} from "../../support/postgres.ts";
import { ROOT } from "../../support/program.ts";
import { postgresPlace } from "../../support/postgres_place.ts";
import { SELF_SIGNED } from "../../support/self_signed.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { eventually } from "../../support/within.ts";

const ignore = await whyNoPostgres() !== undefined;
const HIDDEN = "Canary-Jo-1990";

Deno.test({
  name: "query() has a deadline, and the statement is canceled",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const database = new Database(postgresPlace(url), { connectionsMax: 1 });
    await assertRejects(
      () => database.query("SELECT pg_sleep($1::int)", [600], 200),
      DeadlineError,
    );
    const sleeping = `SELECT count(*) FROM pg_stat_activity
      WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'`;
    await eventually(
      60_000,
      async () => await cluster.sql(sleeping) === "0",
      () => "the end of the statement",
    );
    const [row] = await database.query("SELECT 1 AS one");
    assertEquals(row, { one: 1 });
    await database.close();
  },
});

Deno.test({
  name: "query() of several statements is one transaction",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const database = new Database(postgresPlace(url), { connectionsMax: 2 });
    await database.query("CREATE TABLE t (n int)");
    await assertRejects(() =>
      database.query("INSERT INTO t VALUES (1); SELECT 1 / 0")
    );
    const rows = await database.query("INSERT INTO t VALUES (2); TABLE t");
    assertEquals([...rows], [{ n: 2 }]);
    await database.close();
  },
});

Deno.test({
  name: "query() writes again once sessions may, as after a failover",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const database = new Database(postgresPlace(url), { connectionsMax: 1 });
    await database.query("CREATE TABLE t (n int)");
    const name = new URL(url).pathname.slice(1);
    const set = (value: string) =>
      cluster.sql(`ALTER DATABASE ${name} ${value}`);
    await set("SET default_transaction_read_only = on");
    await cluster.terminateConnections();
    const write = () => database.query("INSERT INTO t VALUES (1)");
    await eventually(60_000, async () => {
      const error = await write().catch((error) => error);
      return describeFault(error).message.includes("read-only");
    }, () => "a session that may only read");
    await set("RESET default_transaction_read_only");
    await eventually(
      60_000,
      () => write().then(() => true, () => false),
      () => "a session that may write",
    );
    await database.close();
  },
});

Deno.test({
  name: "no fault repeats a value of a statement, or the password",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const place = { ...postgresPlace(url), password: HIDDEN };
    const database = new Database(place, { connectionsMax: 1 });
    await database.query("CREATE TABLE t (n text PRIMARY KEY)");
    const statements = [
      "SELECT $1::bigint",
      "SELECT $1::text::json",
      "SELECT decode($1, 'base64')",
      "INSERT INTO t VALUES ($1), ($1)",
      "SELECT $1::inet",
    ];
    for (const statement of statements) {
      const error = await database.query(statement, [HIDDEN]).then(
        () => assert(false, statement),
        (error) => error,
      );
      const { message, hint } = describeFault(error);
      assert(message.startsWith("PostgreSQL says "), message);
      assertEquals(`${message}${hint}`.includes(HIDDEN), false, statement);
    }
    await database.close();
    const nowhere = { ...place, port: 1 };
    const away = new Database(nowhere, { connectionsMax: 1 });
    const error = await away.query("SELECT 1").catch((error) => error);
    assertEquals(describeFault(error), {
      message: "PostgreSQL cannot be reached: nothing listens there",
      hint: "Is it running, and are host and port in INBOX_STORE right?",
    });
    await away.close();
  },
});

Deno.test({
  name:
    "accept() confirms only what is stored while connections are cut, and stores it once",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const faults: StoreFault[] = [];
    const store = await openPostgresStore(url, postgresPlace(url), {
      bodyBytesMax: 1_024,
      onFailure: (fault) => faults.push(fault),
    });
    const confirmed = new Set<string>();
    let isCutting = true;
    const cutting = (async () => {
      for (let cuts = 0; cuts < 12; cuts++) {
        await cluster.terminateConnections();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      isCutting = false;
    })();
    const sent = deliveries(4_000);
    let next = 0;
    await Promise.all(Array.from({ length: 16 }, async () => {
      while (isCutting) {
        const one = sent[next++ % sent.length]!;
        const { ok } = await store.accept(one, ["a"]);
        if (ok) confirmed.add(one.id);
      }
    }));
    await cutting;
    assert(faults.length > 0, "no cut met a statement");
    // A connection that was cut last may be found out only by its next statement.
    await eventually(
      60_000,
      async () => (await store.accept(delivery("evt_after"))).ok,
      () => "a delivery that is accepted after all",
    );
    const stored = await cluster.sql(
      "SELECT id FROM persona_inbox.events ORDER BY seq",
      url,
    );
    const ids = stored.split("\n");
    assertEquals(new Set(ids).size, ids.length);
    for (const id of confirmed) assert(ids.includes(id), `${id} is lost`);
    const seqs = await cluster.sql(
      "SELECT count(*) = max(seq) FROM persona_inbox.events",
      url,
    );
    assertEquals(seqs, "t", "numbers have no gaps");
    await store.close();
  },
});

Deno.test({
  name:
    "connections are encrypted as sslmode says, and faults tell what is wrong",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    const [cert, key] = [`${dir.path}/cert.pem`, `${dir.path}/key.pem`];
    await Deno.writeTextFile(cert, SELF_SIGNED.cert);
    await Deno.writeTextFile(key, SELF_SIGNED.key, { mode: 0o600 });
    await giveToPostgres(dir.path, cert, key);
    const noTls = "PostgreSQL cannot be reached: it has no TLS";
    const table: [settings: string, mode: string, expected: unknown][] = [
      ["", "disable", false],
      ["", "prefer", false],
      ["", "require", noTls],
      ["", "verify-full", noTls],
    ];
    const ssl = `ssl = on\nssl_cert_file = '${cert}'\nssl_key_file = '${key}'`;
    const distrust = "PostgreSQL has a certificate that is not trusted";
    table.push(
      [ssl, "disable", false],
      [ssl, "prefer", true],
      [ssl, "require", true],
      [ssl, "verify-full", distrust],
    );
    for (const settings of ["", ssl]) {
      await using cluster = await PostgresCluster.start(settings);
      const url = await cluster.database();
      for (const [, mode, expected] of table.filter(([s]) => s === settings)) {
        const place = postgresPlace(`${url}?sslmode=${mode}`);
        const database = new Database(place, { connectionsMax: 1 });
        const found = await database.query(
          "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        ).then(([row]) => row?.ssl, (error) => describeFault(error).message);
        assertEquals(found, expected, `${mode} ${settings}`);
        await database.close();
      }
    }
  },
});

Deno.test("a driver that cannot be downloaded is no fault of the database", async () => {
  await using dir = await TempDir.make();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--cached-only", "main.ts", "events"],
    cwd: ROOT,
    env: { DENO_DIR: dir.path, INBOX_STORE: "postgres://inbox@127.0.0.1:1/db" },
  }).output();
  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /npm:postgres\n.* registry/);
});

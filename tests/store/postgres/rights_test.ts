/** What PostgreSQL must allow, told before a delivery needs it. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { run } from "../../../lib/cli/run.ts";
import { StoreError } from "../../../lib/errors.ts";
import { openKeyStore, openStore } from "../../../lib/store/open_store.ts";
import { delivery } from "../../support/deliveries.ts";
import { FakeIo } from "../../support/fake_io.ts";
import { brief } from "../../support/findings.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { SECRET } from "../../support/signed_delivery.ts";

const ignore = await whyNoPostgres() !== undefined;
const PASSWORD = "Canary-Password-1990";

/** The URL of a store for another user. */
function as(user: string, url: string): string {
  const other = new URL(url);
  other.username = user;
  other.password = PASSWORD;
  return other.href;
}

/** The findings of `doctor` about a store, its server and its keys. */
async function examine(url: string): Promise<string[]> {
  const io = new FakeIo({
    env: {
      PERSONA_WEBHOOK_SECRET: SECRET,
      INBOX_STORE: url,
      PORT: "0",
      INBOX_ADMIN_PORT: "0",
    },
  });
  await run(["doctor"], io);
  assert(!`${io.out}${io.err}`.includes(PASSWORD), io.out);
  return brief(io.json).filter((line) =>
    /^\w+ (?:store|keys|audit)/.test(line)
  );
}

async function open(url: string): Promise<void> {
  const store = await openStore(url, { bodyBytesMax: 1_024 });
  await store.close();
}

Deno.test({
  name: "doctor and the start refuse a user who may not write the store",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    const store = await openStore(url, { bodyBytesMax: 1_024 });
    assertEquals(await store.accept(delivery("evt_1")), {
      ok: true,
      duplicate: false,
    });
    await cluster.sql(
      `CREATE ROLE ro LOGIN; GRANT USAGE ON SCHEMA persona_inbox TO ro;
       GRANT SELECT ON ALL TABLES IN SCHEMA persona_inbox TO ro`,
      url,
    );
    const denied = /permission denied for table \w+ \(42501\)/;
    const [finding = ""] = await examine(as("ro", url));
    assert(/^failed store: a server could not write there/.test(finding));
    assert(denied.test(finding), finding);
    const { message, hint } = await assertRejects(
      () => open(as("ro", url)),
      StoreError,
    );
    assert(denied.test(message), message);
    assert(hint.includes("GRANT owner TO user"), hint);

    // Nothing was written, and who may write finds nothing to fix.
    const well = await examine(url);
    assert(/^ok store: .* has 1 event, /.test(well[0] ?? ""), well[0]);
    const probes = "SELECT count(*) FROM persona_inbox.probe";
    assertEquals(await cluster.sql(probes, url), "0");
    await store.close();

    // The hint is what helps.
    await cluster.sql("GRANT persona TO ro", url);
    await open(as("ro", url));
  },
});

Deno.test({
  name: "doctor and the start need no right to change the audit trail",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    await open(url);
    await cluster.sql(
      `CREATE ROLE rw LOGIN; GRANT USAGE ON SCHEMA persona_inbox TO rw;
       GRANT SELECT, INSERT, UPDATE, DELETE
         ON ALL TABLES IN SCHEMA persona_inbox TO rw;
       REVOKE UPDATE, DELETE ON persona_inbox.audit FROM rw`,
      url,
    );
    await open(as("rw", url));
    const [finding = ""] = await examine(as("rw", url));
    assert(/^ok store: /.test(finding), finding);
    await cluster.sql("REVOKE INSERT ON persona_inbox.audit FROM rw", url);
    await assertRejects(() => open(as("rw", url)), StoreError, "table audit");
  },
});

Deno.test({
  name: "doctor tries to create a store, and creates none",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    await cluster.sql("CREATE ROLE guest LOGIN", url);
    const [finding = ""] = await examine(as("guest", url));
    assert(/^failed store: .*permission denied for database/.test(finding));
    const [missing = ""] = await examine(url);
    assert(/^warning store: .* has no store yet/.test(missing), missing);
    const there = "SELECT to_regnamespace('persona_inbox') IS NULL";
    assertEquals(await cluster.sql(there, url), "t");
  },
});

Deno.test({
  name: "doctor and the start refuse a user whose transactions only read",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    await open(url);
    await cluster.sql(
      `CREATE ROLE careful LOGIN IN ROLE persona;
       ALTER ROLE careful SET default_transaction_read_only = on`,
      url,
    );
    const [finding = ""] = await examine(as("careful", url));
    assert(/^failed store: .*read-only transaction/.test(finding), finding);
    const { hint } = await assertRejects(
      () => open(as("careful", url)),
      StoreError,
      "read-only transaction",
    );
    assert(hint.includes("default_transaction_read_only = off"), hint);
  },
});

Deno.test({
  name:
    "a fault of the server has a code where the hint needs it, and a remedy",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    await cluster.sql(
      `CREATE ROLE crowded LOGIN CONNECTION LIMIT 0;
       CREATE ROLE hasty LOGIN IN ROLE persona; ALTER ROLE hasty SET statement_timeout = '1ms'`,
      url,
    );
    const crowded = await assertRejects(
      () => open(as("crowded", url)),
      StoreError,
      '"crowded" (53300)',
    );
    assert(crowded.hint.includes("CONNECTION LIMIT"), crowded.hint);
    const hasty = await assertRejects(
      () => open(as("hasty", url)),
      StoreError,
      "(57014)",
    );
    assert(hasty.hint.includes("statement_timeout = 0"), hasty.hint);
  },
});

Deno.test({
  name: "what cannot be reached is told once, and blames no key store",
  ignore,
  async fn() {
    const url = `postgres://inbox:${PASSWORD}@127.0.0.1:1/inbox`;
    const findings = await examine(url);
    assertEquals(findings.length, 1, findings.join("\n"));
    assert(/^failed store: .*nothing listens there/.test(findings[0] ?? ""));
    for (const command of [["events"], ["replay", "evt_1"]]) {
      const io = new FakeIo({ env: { INBOX_STORE: url } });
      assertEquals(await run(command, io), 1);
      assert(/nothing listens there/.test(io.err), io.err);
      assert(!/key store/.test(io.err), io.err);
    }
  },
});

Deno.test({
  name: "no finding about keys shows the password of their store",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = as("persona", await cluster.database());
    await open(url);
    const env = {
      PERSONA_WEBHOOK_SECRET: SECRET,
      INBOX_STORE: url,
      INBOX_ENCRYPTION_KEYS: `k1:${
        crypto.getRandomValues(new Uint8Array(32)).toBase64()
      }`,
    };
    for (const command of [["doctor"], ["keys", "rewrap"]]) {
      const io = new FakeIo({ env });
      await run(command, io);
      const all = `${io.out}${io.err}`;
      assert(/persona_inbox_keys/.test(all), all);
      assert(!all.includes(PASSWORD), all);
    }
  },
});

Deno.test({
  name: "data keys are refused a schema that has a store",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.database();
    await open(url);
    const keys = openKeyStore(url);
    await assertRejects(
      () => keys.counts(),
      StoreError,
      "data keys live apart from the events",
    );
    await keys.close();
  },
});

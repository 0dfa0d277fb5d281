/** A redaction that several servers carry out at once, as each of them learns of it. */

import { assertEquals } from "@std/assert";
import { openAudit, openReader } from "../../lib/store/open_store.ts";
import { Database } from "../../lib/store/postgres/database.ts";
import { deliver } from "../support/deliver.ts";
import { setUpErasing } from "../support/erasing.ts";
import { personBody } from "../support/person_event.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { postgresPlace } from "../support/postgres_place.ts";
import { recorded } from "../support/recorded.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventually } from "../support/within.ts";

const why = await whyNoPostgres();

Deno.test({
  name:
    "a redaction that two servers carry out at once is recorded, told and logged once" +
    (why === undefined ? "" : ` (${why})`),
  ignore: why !== undefined,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const storeUrl = cluster.schema();
    await using setup = await setUpErasing();
    const { cwd, env } = setup.options;
    const options = { cwd, env: { ...env, INBOX_STORE: storeUrl } };
    await using a = await ServerProcess.start(["serve"], options);
    await using b = await ServerProcess.start(["serve"], options);
    const send = async ({ url }: ServerProcess, id: string, changes = {}) => {
      const event = { id, objectId: "inq_1", ...changes };
      assertEquals((await deliver(url, personBody(event))).status, 200);
    };
    await send(a, "evt_1");
    await Promise.any(
      [a, b].map((one) =>
        recorded(one, /"delivered","eventId":"evt_1".*"app"/, storeUrl)
      ),
    );

    const database = new Database(postgresPlace(storeUrl), {
      connectionsMax: 2,
    });
    const waiting = async (count: number) => {
      await eventually(60_000, async () => {
        const rows = await database.query(
          `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'
           AND query LIKE '%erasures FOR UPDATE'`,
        );
        return rows.length === count;
      }, () => `${count} servers that are about to erase:\n${a.stderr}`);
    };
    await database.transaction(async (query) => {
      await query("SELECT FROM $schema.erasures FOR UPDATE");
      await send(a, "evt_2", {
        name: "inquiry.redacted",
        createdAt: "2024-02-16T00:00:00.000Z",
      });
      await waiting(1);
      await send(b, "evt_3", { objectId: "inq_2" });
      await waiting(2);
    }, 120_000);
    await database.close();

    const reader = openReader(storeUrl);
    await eventually(60_000, async () => {
      const { linkedSeq, lastSeq } = await reader.linkProgress();
      return linkedSeq === lastSeq;
    }, () => "all events in the index");
    assertEquals((await reader.get("evt_1"))?.row.status, "erased");
    for (const server of [a, b]) assertEquals(await server.stop(), 0);
    const news = await reader.list({ names: ["inbox.erased"], limit: 9 });
    reader.close();
    assertEquals(news.map(({ id }) => id), ["evt_inbox_redacted_evt_2"]);
    const details: (string | null)[] = [];
    for await (const record of openAudit(storeUrl).records()) {
      if (record?.act === "erase") details.push(record.detail);
    }
    assertEquals(details, ["erasure 1: 1 event of inq_1"]);
    const logs = `${a.stderr}${b.stderr}`;
    assertEquals(logs.match(/"msg":"erased"/g)?.length, 1, logs);
  },
});

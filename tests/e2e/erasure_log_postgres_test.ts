/** The log of erasures of a store on PostgreSQL: dumps are restored, and it is lost. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import {
  deliverAll,
  JANE,
  JANES_ACCOUNT,
  setUpErasing,
  statuses,
} from "../support/erasing.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { runProgram, spawnProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";

const ignore = await whyNoPostgres() !== undefined;
const ERASED = ["erased", "erased", "erased", "done"];

/** A store in a database of its own, of which a dump is kept. */
async function setUp(cluster: PostgresCluster, env: Record<string, string>) {
  const setup = await setUpErasing();
  const url = await cluster.database();
  const options = {
    cwd: setup.dir.path,
    env: { ...setup.options.env, INBOX_STORE: url, ...env },
  };
  const dump = `${setup.dir.path}/inbox.dump`;
  const schemas = ["--schema=persona_inbox", "--schema=persona_inbox_keys"];
  return {
    ...setup,
    url,
    options,
    dump: () =>
      cluster.tool("pg_dump", [
        "--format=custom",
        ...schemas,
        `--file=${dump}`,
        url,
      ]),
    /** Brings back the store and its keys, and nothing else. */
    async restore() {
      await cluster.sql(
        `DROP SCHEMA persona_inbox CASCADE;
         DROP SCHEMA IF EXISTS persona_inbox_keys CASCADE`,
        url,
      );
      await cluster.tool("pg_restore", [`--dbname=${url}`, dump]);
    },
    async statuses() {
      const { evt_1, evt_2, evt_3, evt_4 } = await statuses(options);
      return [evt_1, evt_2, evt_3, evt_4];
    },
    /** Bodies that have a payload. */
    bodies: () =>
      cluster.sql(
        "SELECT count(*) FROM persona_inbox.bodies WHERE length(body) > 0 AND seq <= 4",
        url,
      ),
  };
}

const erase = ["erase", `--account=${JANES_ACCOUNT}`, "--yes"];

for (const keys of ["none", "beside the store", "elsewhere"]) {
  Deno.test({
    name:
      `a restored dump of a store on PostgreSQL brings nothing erased back, keys: ${keys}`,
    ignore,
    async fn() {
      await using cluster = await PostgresCluster.start();
      const elsewhere = keys === "elsewhere" ? await cluster.database() : null;
      await using setup = await setUp(cluster, {
        ...(keys !== "none" &&
          { INBOX_ENCRYPTION_KEYS: createEncryptionKey("k1") }),
        ...(elsewhere !== null &&
          { INBOX_KEY_STORE: `${elsewhere}?schema=inbox_keys` }),
      });
      const { options, url } = setup;
      {
        await using server = await ServerProcess.start(["serve"], options);
        await deliverAll(server, url);
        await setup.dump();
        const erased = await runProgram(erase, options);
        assertEquals([erased.code, erased.stderr], [0, ""]);
        assertEquals(await server.stop(), 0);
      }
      const log = elsewhere === null
        ? ["persona_inbox_erasures", url] as const
        : ["inbox_erasures", elsewhere] as const;
      const entries = await cluster.sql(
        `SELECT count(*) FROM ${log[0]}.log`,
        log[1],
      );
      assertEquals(entries, "3");
      await setup.restore();
      assertEquals(await setup.bodies(), "4", "the dump has it");
      for (const command of ["events", "doctor"]) {
        const { code, stdout, stderr } = await runProgram([command], options);
        assertEquals(code, 1, stdout);
        assertMatch(stdout + stderr, /older than the log of its erasures/);
        assert(!stdout.includes(JANE));
      }
      await using server = await ServerProcess.start(["serve"], options);
      assertEquals(await setup.statuses(), ERASED);
      assertEquals(await setup.bodies(), "1");
      assertEquals(await server.stop(), 0);
    },
  });
}

Deno.test({
  name:
    "a store on PostgreSQL without its log of erasures is refused, and the log made anew",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    await using setup = await setUp(cluster, {});
    const { options, url } = setup;
    {
      await using server = await ServerProcess.start(["serve"], options);
      await deliverAll(server, url);
      await setup.dump();
      assertEquals((await runProgram(erase, options)).code, 0);
      assertEquals(await server.stop(), 0);
    }
    const schema = "persona_inbox_erasures";
    const damages: readonly [string, RegExp][] = [
      [`UPDATE ${schema}.header SET key = 'another'`, /of another store/],
      [`DELETE FROM ${schema}.log WHERE number = 2`, /was cut: .* has 2 of 3/],
      [`DROP SCHEMA ${schema} CASCADE`, /erasures is missing: .* had 3/],
    ];
    const key = await cluster.sql(`SELECT key FROM ${schema}.header`, url);
    for (const [damage, why] of damages) {
      await cluster.sql(damage, url);
      for (const command of ["serve", "events", "doctor"]) {
        const { code, stdout, stderr } = await runProgram([command], options);
        assertEquals(code, 1, `${command} after ${damage}`);
        assertMatch(stdout + stderr, why);
      }
      if (damage.startsWith("UPDATE")) {
        await cluster.sql(`UPDATE ${schema}.header SET key = '${key}'`, url);
      }
    }
    const rebuild = ["erase", "--rebuild-log", "--yes"];
    const rebuilt = await runProgram(rebuild, options);
    assertEquals(rebuilt.code, 0, rebuilt.stderr);
    await setup.restore();
    await using server = await ServerProcess.start(["serve"], options);
    assertEquals(await setup.statuses(), ERASED);
    assertEquals(await server.stop(), 0);
  },
});

Deno.test({
  name: "migrate-store takes the log of erasures along, to PostgreSQL and back",
  ignore,
  async fn() {
    await using cluster = await PostgresCluster.start();
    await using setup = await setUpErasing();
    const { dir, options } = setup;
    const url = await cluster.database();
    {
      await using server = await ServerProcess.start(["serve"], options);
      await deliverAll(server);
      assertEquals((await runProgram(["backup", "copy.db"], options)).code, 0);
      // What is erased while the copy is made is erased in the copy.
      await using copying = new ServerProcess(
        spawnProgram([
          "migrate-store",
          "--from=sqlite:data/inbox.db",
          `--to=${url}`,
          "--follow",
        ], options),
        dir.path,
      );
      await copying.logged(/Caught up, and following/);
      assertEquals((await runProgram(erase, options)).code, 0);
      assertEquals(await server.stop(), 0);
      copying.kill("SIGINT");
      assertEquals(await copying.ended(), 0, copying.stderr);
    }
    const statusesIn = async (store: string) => {
      const env = { ...options.env, INBOX_STORE: store };
      const all = await statuses({ ...options, env });
      return [all.evt_1, all.evt_2, all.evt_3, all.evt_4];
    };
    assertEquals(await statusesIn(url), ERASED);
    const back = ["migrate-store", `--from=${url}`, "--to=sqlite:new.db"];
    const made = await runProgram(back, options);
    assertEquals(made.code, 0, made.stderr);
    assertEquals(await statusesIn("sqlite:new.db"), ERASED);
    const [before, after] = await Promise.all(
      ["data/inbox", "new"].map((name) =>
        Deno.readTextFile(`${dir.path}/${name}.erasures`)
      ),
    );
    assertEquals(after, before, "the hashes mean the same");
    await Deno.rename(`${dir.path}/copy.db`, `${dir.path}/new.db`);
    const args = ["serve", "--store=sqlite:new.db"];
    await using server = await ServerProcess.start(args, options);
    assertEquals(await statusesIn("sqlite:new.db"), ERASED);
    assertEquals(await server.stop(), 0);
  },
});

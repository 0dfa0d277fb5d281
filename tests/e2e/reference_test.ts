/** Events found by a reference id that their payloads name. */

import { assertEquals } from "@std/assert";
import { createLinkToken } from "../../lib/store/links.ts";
import { openSqliteReader } from "../../lib/store/sqlite/reader.ts";
import { deliver } from "../support/deliver.ts";
import { personBody } from "../support/person_event.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { execSql } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";
import { makeVersion1 } from "../support/version_1_store.ts";
import { eventually } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "0" };

async function isIndexed(path: string): Promise<boolean> {
  const reader = openSqliteReader(path);
  const { linkedSeq, lastSeq } = await reader.linkProgress();
  reader.close();
  return lastSeq > 0 && linkedSeq === lastSeq;
}

async function found(dir: TempDir, reference: string): Promise<string[]> {
  const options = { cwd: dir.path, env };
  const flags = [`--reference=${reference}`, "--json"];
  const { stdout } = await runProgram(["events", ...flags], options);
  return stdout.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line).id);
}

Deno.test("events --reference finds all events of the objects that name it, at once and later", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  const path = `${dir.path}/data/inbox.db`;
  await using server = await ServerProcess.start(["serve"], options);
  const bodies = [
    { id: "evt_1", objectId: "inq_1", reference: "user 7" },
    { id: "evt_2", objectId: "inq_1" }, // Names none, but its object has one.
    { id: "evt_3", objectId: "inq_2", reference: "user 8" },
    { id: "evt_4", objectId: "inq_3", reference: "user 7" },
  ].map(personBody);
  for (const body of bodies) {
    assertEquals((await deliver(server.url, body)).status, 200);
  }
  const expected = ["evt_4", "evt_2", "evt_1"];
  assertEquals(await found(dir, "user 7"), expected);
  assertEquals(await found(dir, "user"), []);
  const within = () => "the index";
  await eventually(60_000, () => isIndexed(path), within);
  assertEquals(await found(dir, "user 7"), expected);
  const [, local] = await server.logged(/"localUrl":"([^"]+)"/);
  const url = new URL("/api/events?reference=user+7", local);
  const { events } = await (await fetch(url)).json();
  assertEquals(events.map(({ id }: { id: string }) => id), expected);
  assertEquals(await server.stop(), 0);
  assertEquals(await found(dir, "user 7"), expected);
});

Deno.test("a store of an older version is indexed by the next server, and goes on after a kill", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  makeVersion1(path);
  execSql(
    path,
    `WITH RECURSIVE n (i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM n WHERE i < 15000)
     INSERT INTO events (seq, id, name, object_id, received_at_ms)
       SELECT i, 'evt_n' || i, 'inquiry.approved', 'inq_n' || i, 0 FROM n;
     INSERT INTO bodies SELECT seq,
       'application/json', CAST('{"reference-id":"user-' || (seq % 100) || '"}' AS BLOB)
       FROM events WHERE seq > 10;`,
  );
  const options = { cwd: dir.path, env };
  const flags = ["serve", `--store=sqlite:${path}`];
  const progress = async () => {
    const reader = openSqliteReader(path);
    const { linkedSeq } = await reader.linkProgress();
    reader.close();
    return linkedSeq;
  };
  {
    await using server = await ServerProcess.start(flags, options);
    await server.logged(/"msg":"indexing references","events":15000/);
    await eventually(60_000, async () => await progress() > 0, () => "links");
    server.kill("SIGKILL");
    await server.ended();
  }
  const reached = await progress();
  await using server = await ServerProcess.start(flags, options);
  await eventually(60_000, () => isIndexed(path), () => "the whole index");
  const reader = openSqliteReader(path);
  const { key, linkedSeq } = await reader.linkProgress();
  const link = { kind: "reference", value: "user-42" } as const;
  const tokens = [createLinkToken(key)(link)];
  const objects = await reader.linkedObjects({ tokens, limit: 1_000 });
  reader.close();
  assertEquals([linkedSeq, objects.length, reached > 0], [15_000, 150, true]);
  assertEquals(await server.stop(), 0);
});

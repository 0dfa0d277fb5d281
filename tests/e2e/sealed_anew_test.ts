/** Copies of a store from before an erasure, of an object that goes on. */

import { assertEquals, assertMatch } from "@std/assert";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { deliver } from "../support/deliver.ts";
import { JANE, setUpErasing, statuses } from "../support/erasing.ts";
import { personBody } from "../support/person_event.ts";
import { runProgram, spawnProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { putBack } from "../support/store_files.ts";

const LOST =
  /evt_3 cannot be read: this copy of the store is older than an erasure/;

/** An inbox with keys. */
async function setUp() {
  const setup = await setUpErasing();
  const env = { INBOX_ENCRYPTION_KEYS: createEncryptionKey("k1") };
  const options = { ...setup.options, env: { ...setup.options.env, ...env } };
  return {
    setup,
    options,
    run: (...args: string[]) => runProgram(args, options),
    [Symbol.asyncDispose]: () => setup[Symbol.asyncDispose](),
  };
}

/** Erases an event of Jane, while a later one stays, which is sealed anew. */
async function eraseFirst(
  server: ServerProcess,
  { run }: Awaited<ReturnType<typeof setUp>>,
  beforeThat: () => Promise<void>,
): Promise<void> {
  await send(server, "evt_1", 14);
  assertEquals((await run("hold", "inq_jane", "--reason=a")).code, 0);
  await send(server, "evt_2", 15, "inquiry.redacted");
  await server.logged(/"msg":"not erased"/);
  await send(server, "evt_3", 16);
  await beforeThat();
  assertEquals((await run("release", "inq_jane")).code, 0);
  await server.logged(/"msg":"erased by command","events":1/);
}

async function send(
  server: ServerProcess,
  id: string,
  day: number,
  name = "inquiry.approved",
): Promise<void> {
  const createdAt = `2024-02-${day}T00:00:00.000Z`;
  const person = { canary: JANE, objectId: "inq_jane" };
  const redacted = name.endsWith(".redacted") && { redactedAt: createdAt };
  const body = personBody({ ...person, id, name, createdAt, ...redacted });
  assertEquals((await deliver(server.url, body)).status, 200);
}

Deno.test("a backup from before an erasure starts with the data keys of today, and what they do not open is told", async () => {
  await using inbox = await setUp();
  const { setup, options, run } = inbox;
  const revealed = async (id: string) =>
    (await run("events", id, "--reveal")).stdout;
  {
    await using server = await ServerProcess.start(["serve"], options);
    await eraseFirst(server, inbox, async () => {
      for (const args of [["copy.db"], ["--keys", "keys.db"]]) {
        assertEquals((await run("backup", ...args)).code, 0);
      }
    });
    assertEquals(await server.stop(), 0);
  }
  assertMatch(await revealed("evt_3"), new RegExp(JANE));
  const { stdout } = await run("doctor");
  assertEquals(stdout.includes("cannot be read"), false, stdout);

  const restore = (copy: string, name: string) =>
    putBack(`${setup.dir.path}/${copy}`, `${setup.data}/${name}`);
  await restore("copy.db", "inbox.db");
  await using server = await ServerProcess.start(["serve"], options);
  await server.logged(LOST);
  const { evt_1, evt_3 } = await statuses(options);
  assertEquals([evt_1, evt_3 === "erased"], ["erased", false]);
  const destroyed = /sealed by a data key that an erasure destroyed/;
  assertMatch(await revealed("evt_3"), destroyed);
  assertMatch((await run("doctor")).stdout, LOST);
  await send(server, "evt_4", 17);
  assertMatch(await revealed("evt_4"), new RegExp(JANE));
  assertEquals(await server.stop(), 0);

  await restore("copy.db", "inbox.db");
  await restore("keys.db", "inbox.keys.db");
  await using other = await ServerProcess.start(["serve"], options);
  assertMatch(await revealed("evt_3"), new RegExp(JANE));
  assertEquals((await run("doctor")).stdout.includes("cannot be read"), false);
  assertEquals((await statuses(options)).evt_1, "erased");
  assertEquals(await other.stop(), 0);
});

Deno.test("migrate-store --follow finishes no copy of what was sealed anew after it was copied", async () => {
  await using inbox = await setUp();
  const { setup, options, run } = inbox;
  const args = ["migrate-store", "--from=sqlite:data/inbox.db"];
  const to = "--to=sqlite:new.db";
  await using server = await ServerProcess.start(["serve"], options);
  let copying: ServerProcess | undefined;
  await eraseFirst(server, inbox, async () => {
    const child = spawnProgram([...args, to, "--follow"], options);
    copying = new ServerProcess(child, setup.dir.path);
    await copying.logged(/Caught up, and following/);
  });
  assertEquals(await server.stop(), 0);
  copying!.kill("SIGINT");
  assertEquals(await copying!.ended(), 1);
  assertMatch(copying!.stderr, /encrypted anew meanwhile[^]*Remove the copy/);
  await copying![Symbol.asyncDispose]();
  const again = await run(...args, "--to=sqlite:other.db");
  assertEquals(again.code, 0, again.stderr);
  const shown = await run(
    "events",
    "evt_3",
    "--reveal",
    "--store=sqlite:other.db",
  );
  assertMatch(shown.stdout, new RegExp(JANE));
});

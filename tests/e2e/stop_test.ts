/** The orderly end: what was begun is finished, the rest is refused. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Account, deliver } from "../support/deliver.ts";
import { endProcess, runProgram, spawnProgram } from "../support/program.ts";
import { RawRequest } from "../support/raw_request.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { within } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };
const SIGNALS = [["SIGTERM", 143], ["SIGINT", 130]] as const;

for (const [signal] of SIGNALS) {
  Deno.test(`on ${signal} a delivery in flight is finished, another refused`, async () => {
    await using dir = await TempDir.make();
    const options = { cwd: dir.path, env };
    await using server = await ServerProcess.start(["serve"], options);
    const body = eventText("evt_slow");
    using idle = await RawRequest.begin(server.port);
    using slow = await RawRequest.beginDelivery(server.port, body);
    await deliver(server.url, eventText("evt_before")); // The slow one is begun.

    server.kill(signal);
    await server.logged(/stopping/);
    const refused = await deliver(server.url, eventText("evt_new"));
    assertEquals([refused.status, refused.headers.has("retry-after")], [
      503,
      true,
    ]);
    await slow.send(body.slice(body.length / 2));

    assertMatch(await slow.rest(), /^HTTP\/1.1 200 /);
    assertEquals(await idle.rest(), "");
    assertEquals(await server.ended(), 0);
    assertEquals(await idsIn(options), ["evt_slow", "evt_before"]);
    assertMatch(server.stderr, /"msg":"stopped"\}\n$/);
  });
}

Deno.test("a delivery on a kept connection is not taken any more when stopping", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  const body = eventText("evt_slow");
  using kept = await RawRequest.begin(
    server.port,
    "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
  );
  using slow = await RawRequest.beginDelivery(server.port, body);
  await deliver(server.url, eventText("evt_before"));

  server.kill("SIGTERM");
  await server.logged(/stopping/);
  // Closed already is as good.
  await kept.sendDelivery(eventText("evt_late")).catch(() => {});
  const [first, second] = (await kept.rest()).match(/HTTP\/1.1 \d+/g) ?? [];
  assertEquals(first, "HTTP/1.1 200");
  assert(second === undefined || second === "HTTP/1.1 503", second);
  await slow.send(body.slice(body.length / 2));
  assertMatch(await slow.rest(), /^HTTP\/1.1 200 /);
  assertEquals(await server.ended(), 0);
  assertEquals(await idsIn(options), ["evt_slow", "evt_before"]);
});

for (const [signal, code] of SIGNALS) {
  Deno.test(`a second ${signal} ends the server at once`, async () => {
    await using dir = await TempDir.make();
    const options = { cwd: dir.path, env };
    await using server = await ServerProcess.start(["serve"], options);
    await deliver(server.url, eventText("evt_before"));
    const body = eventText("evt_slow");
    using slow = await RawRequest.beginDelivery(server.port, body);
    await deliver(server.url, eventText("evt_before"));

    server.kill(signal);
    await server.logged(/stopping/);
    server.kill(signal);
    assertEquals(await server.ended(), code);
    assertEquals(await slow.rest(), "", "it was not waited for");
    assertEquals(await idsIn(options), ["evt_before"]);
  });
}

Deno.test("nothing acknowledged is lost when the server stops under load", async () => {
  await using dir = await TempDir.make();
  const account = new Account();
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  const refused: number[] = [];
  const sender = async () => {
    while (true) {
      const status = await account.deliver(server.url).catch(() => 0);
      if (status === 0) return;
      if (status !== 200) refused.push(status);
    }
  };
  const senders = Promise.all(Array.from({ length: 16 }, sender));
  while (account.size < 200) await account.deliver(server.url);

  const code = await server.stop();
  assertEquals(code, 0, server.stderr.slice(-1500));
  await senders;
  assertEquals(refused.filter((status) => status !== 503), []);
  const left = await Array.fromAsync(Deno.readDir(`${dir.path}/data`));
  // A thread that reads at that moment may be the last to close, and leaves the log.
  const names = left.map(({ name }) => name)
    .filter((name) => !/-(?:wal|shm)$/.test(name)).sort();
  const expected = ["inbox.db", "inbox.db-lock", "inbox.db.audit.jsonl"];
  assertEquals(names, expected);
  await account.check(`${dir.path}/data/inbox.db`);
});

Deno.test("a log that nobody reads does not keep the server from stopping", async () => {
  await using dir = await TempDir.make();
  const args = ["serve", "--port=0", "--admin-port=0"];
  const child = spawnProgram(args, { cwd: dir.path, env });
  const log = child.stderr.getReader();
  try {
    let start = "";
    while (!start.includes('"port":')) {
      start += new TextDecoder().decode((await log.read()).value);
    }
    const [, port] = /"port":(\d+)/.exec(start) ?? [];
    const account = new Account();
    for (let i = 0; i < 800; i++) { // More lines than a pipe holds.
      await account.deliver(`http://127.0.0.1:${port}`);
    }
    assertEquals(account.size, 800);
    child.kill("SIGTERM");
    const { code } = await within(60_000, child.status, () => "the end");
    assertEquals(code, 0);
    await account.check(`${dir.path}/data/inbox.db`);
  } finally {
    await endProcess(child);
    await Promise.all([log.cancel(), child.stdout.cancel()]);
  }
});

async function idsIn(options: { cwd: string }): Promise<string[]> {
  const { stdout } = await runProgram(["events", "--json"], options);
  return stdout.trim().split("\n").map((line) => JSON.parse(line).id);
}

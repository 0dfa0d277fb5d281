/** A running server takes other settings: by SIGHUP, by command, and by itself. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

const NEW_SECRET = "wbhsec_0ddba11e-0000-4000-8000-5ec2e7000002";
const env = { INBOX_ADMIN_PORT: "0" };

/** Waits until the server has read its settings so many times: the last line of that. */
async function reloaded(server: ServerProcess, count: number): Promise<string> {
  const lines = () => server.stderr.split('"msg":"settings reloaded"').slice(1);
  const what = () => `${count} times settings reloaded`;
  await eventually(60_000, () => lines().length >= count, what);
  return lines()[count - 1]?.split("\n")[0] ?? "";
}

/** Delivers events, one after the other, until told to end: the statuses. */
function load(server: ServerProcess, secretOf: () => string, name: string) {
  const statuses: number[] = [];
  let isEnding = false;
  const ended = (async () => {
    for (let n = 0; !isEnding; n++) {
      const text = eventText(`evt_${name}_${n}`);
      const { status } = await deliver(server.url, text, {
        secret: secretOf(),
      });
      statuses.push(status);
    }
  })();
  return {
    statuses,
    async end(): Promise<number[]> {
      isEnding = true;
      await ended;
      return statuses;
    },
  };
}

Deno.test("SIGHUP rotates the webhook secret under load, and refuses nothing", async () => {
  await using dir = await TempDir.make();
  const write = (secrets: string) =>
    dir.write(".env", `PERSONA_WEBHOOK_SECRET=${secrets}\n`);
  await write(SECRET);
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  let secret = SECRET;
  const loads = ["a", "b", "c", "d"].map((name) =>
    load(server, () => secret, name)
  );
  const enough = (count: number) =>
    eventually(
      60_000,
      () => loads.every(({ statuses }) => statuses.length >= count),
      () => "deliveries",
    );
  await enough(50);
  for (const round of [0, 1, 2]) {
    const [before, after] = round % 2 === 0
      ? [SECRET, NEW_SECRET]
      : [NEW_SECRET, SECRET];
    await write(`${after},${before}`);
    server.kill("SIGHUP");
    await reloaded(server, 2 * round + 1);
    secret = after;
    // What was signed with the old secret is on its way.
    await enough((loads[0]?.statuses.length ?? 0) + 20);
    await write(after);
    server.kill("SIGHUP");
    await reloaded(server, 2 * round + 2);
    await enough((loads[0]?.statuses.length ?? 0) + 20);
  }
  const statuses = (await Promise.all(loads.map((load) => load.end()))).flat();
  assertEquals(statuses.filter((status) => status !== 200), []);
  const old = await deliver(server.url, eventText("evt_x"), {
    secret: secret === SECRET ? NEW_SECRET : SECRET,
  });
  assertEquals(old.status, 401, "the old secret counts no more");
  assertEquals(await server.stop(), 0);
});

Deno.test("destinations come and go under load: nothing is lost, nothing delivered twice", async () => {
  await using dir = await TempDir.make();
  await using one = new EchoReceiver();
  await using two = new EchoReceiver();
  await dir.write(".env", `PERSONA_WEBHOOK_SECRET=${SECRET}\n`);
  const write = (names: readonly string[], changes: object = {}) => {
    const urls: Record<string, string> = { one: one.url, two: two.url };
    const destinations = names.map((name) => ({
      name,
      url: urls[name],
      ...changes,
    }));
    return dir.write("inbox.json", JSON.stringify({ destinations }));
  };
  await write([]);
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  const loads = ["a", "b", "c"].map((name) => load(server, () => SECRET, name));
  // Without a signal: the file is watched.
  const steps: [names: string[], changes?: object][] = [
    [["one"]],
    [["one", "two"]],
    [["two"]],
    [["one", "two"], { concurrency: 2, order: "none" }],
    [["one"]],
    [["one", "two"], { timeoutMs: 5_000 }],
  ];
  for (const [index, [names, changes]] of steps.entries()) {
    await write(names, changes);
    await reloaded(server, index + 1);
    const count = loads[0]!.statuses.length + 15;
    await eventually(
      60_000,
      () => loads.every(({ statuses }) => statuses.length >= count),
      () => "deliveries",
    );
  }
  const statuses = (await Promise.all(loads.map((load) => load.end()))).flat();
  assertEquals(statuses.filter((status) => status !== 200), []);
  const dispatches = async (status: string) => {
    const args = ["events", "--limit=100000", "--status", status];
    const { stdout } = await runProgram(args, options);
    return stdout.split("\n").length - 1;
  };
  await eventually(
    60_000,
    async () => await dispatches("pending") === 0,
    () => "the last dispatches",
  );
  assertEquals(await dispatches("dead"), 0);
  for (const { received } of [one, two]) {
    const ids = received.map(({ headers }) => headers.get("idempotency-key"));
    assertEquals(new Set(ids).size, ids.length, "each once");
    assert(received.length > 0);
    const attempts = received.map(({ headers }) =>
      headers.get("persona-inbox-attempt")
    );
    assertEquals(new Set(attempts), new Set(["1"]));
  }
  // Every event that was for both, from the last step on, is at both.
  const { stdout } = await runProgram(["events", "--limit=10"], options);
  const last = stdout.trim().split("\n").map((line) => JSON.parse(line).id);
  for (const { received } of [one, two]) {
    const ids = received.map(({ headers }) => headers.get("idempotency-key"));
    for (const id of last) assert(ids.includes(id), id);
  }
  assertEquals(await server.stop(), 0);
});

Deno.test("a server reads a .env again that names variables of the environment", async () => {
  await using dir = await TempDir.make();
  await dir.write(".env", "PERSONA_WEBHOOK_SECRET=$A_SECRET\n");
  const options = { cwd: dir.path, env: { ...env, A_SECRET: SECRET } };
  await using server = await ServerProcess.start(["serve"], options);
  await dir.write(
    ".env",
    "PERSONA_WEBHOOK_SECRET=$A_SECRET\nINBOX_TRUST_PROXY=1\n",
  );
  const line = await reloaded(server, 1);
  assertStringIncludes(line, '"changed":["INBOX_TRUST_PROXY"]');
  assertEquals((await deliver(server.url, eventText())).status, 200);
  assertEquals(await server.stop(), 0);
});

Deno.test("reload tells what changed, what needs a restart, and what is wrong", async () => {
  await using dir = await TempDir.make();
  await dir.write("first", `${SECRET}\n`);
  await Deno.symlink(`${dir.path}/first`, `${dir.path}/secret`);
  const fileEnv = {
    ...env,
    PERSONA_WEBHOOK_SECRET_FILE: `${dir.path}/secret`,
  };
  const options = { cwd: dir.path, env: fileEnv };
  const reload = () => runProgram(["reload"], options);
  const none = await reload();
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, "Cannot reload: no server holds the store");
  await using server = await ServerProcess.start(["serve"], options);

  // As Kubernetes does: the link leads elsewhere at once. Editors rename, too.
  await dir.write("second", `${NEW_SECRET}\n`);
  await Deno.symlink(`${dir.path}/second`, `${dir.path}/link`);
  await Deno.rename(`${dir.path}/link`, `${dir.path}/secret`);
  const line = await reloaded(server, 1);
  assertStringIncludes(line, '"changed":["PERSONA_WEBHOOK_SECRET"]');
  const sent = await deliver(server.url, eventText(), { secret: NEW_SECRET });
  assertEquals(sent.status, 200);
  // It had been read already, a moment ago.
  const after = JSON.parse((await reload()).stdout);
  assertEquals(after.changed, []);
  assertEquals(after.last.changed, ["PERSONA_WEBHOOK_SECRET"]);
  assertMatch(after.last.at, /^\d{4}-\d\d-\d\dT.*Z$/);
  assert(!server.stderr.includes(NEW_SECRET));

  await dir.write(
    "inbox.json",
    '{ "host": "127.0.0.1", "trustProxy": 1,\n  "destinations": [{ "name": "log", "exec": ["true"] }] }',
  );
  const told = await reload();
  assertEquals(told.code, 0, told.stderr);
  const all = `${server.stderr}${told.stdout}`;
  assertStringIncludes(all, '"INBOX_TRUST_PROXY"');
  // It gave up the right to run programs when nothing needed it.
  assertMatch(all, /"restart":\["HOST","destination log"\]/);

  await dir.write("inbox.json", '{ "trustProxy": 99 }');
  await server.logged(/"settings refused".*trustProxy/);
  const refused = await reload();
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stderr, '"trustProxy" in inbox.json');
  assertEquals(
    (await deliver(server.url, eventText(), { secret: NEW_SECRET })).status,
    200,
  );
  await dir.write("inbox.json", "{}");
  const audit = await runProgram(["audit"], options);
  assertMatch(
    audit.stdout,
    /"act":"settings".*PERSONA_WEBHOOK_SECRET [0-9a-f]{8} → [0-9a-f]{8}/,
  );
  assertMatch(audit.stdout, /"act":"settings".*INBOX_TRUST_PROXY 0 → 1/);
  assert(!audit.stdout.includes(NEW_SECRET));
  assertEquals(await server.stop(), 0);
});

Deno.test("a settings file that is gone or emptied changes nothing, until it is back", async () => {
  await using dir = await TempDir.make();
  await using one = new EchoReceiver();
  const settings = JSON.stringify({
    destinations: [{ name: "one", url: one.url }],
  });
  await dir.write("inbox.json", settings);
  await dir.write(".env", "INBOX_TRUST_PROXY=1\n");
  const options = {
    cwd: dir.path,
    env: { ...env, PERSONA_WEBHOOK_SECRET: SECRET },
  };
  const path = (name: string) => `${dir.path}/${name}`;
  const reload = () => runProgram(["reload"], options);
  let delivered = 0;
  await using server = await ServerProcess.start(["serve"], options);
  const stillDelivers = async () => {
    const id = `evt_${delivered++}`;
    const { status } = await deliver(server.url, eventText(id));
    assertEquals(status, 200);
    await server.logged(new RegExp(`"msg":"delivered".*"${id}"`));
  };

  await Deno.rename(path("inbox.json"), path("aside"));
  // Seen without a signal, by SIGHUP and by command.
  await server.logged(
    /"settings refused".*Cannot read inbox.json: it was there before, and is gone/,
  );
  await stillDelivers();
  server.kill("SIGHUP");
  await server.logged(/("settings refused"[^]*){2}/);
  const refused = await reload();
  assertEquals(refused.code, 2);
  assertStringIncludes(
    refused.stderr,
    "Put it back, or restart the server without it",
  );
  await stillDelivers();
  await dir.write("inbox.json", "");
  assertEquals((await reload()).code, 2, "an empty file");
  await stillDelivers();
  await dir.write("inbox.json", settings);
  const back = await reload();
  assertEquals(back.code, 0, back.stderr);

  await dir.write(".env", "\n");
  const emptied = await reload();
  assertEquals(emptied.code, 2);
  assertStringIncludes(emptied.stderr, "Cannot read .env: it is empty");
  await Deno.remove(path(".env"));
  assertEquals((await reload()).code, 2, "a .env that is gone");
  assert(!server.stderr.includes("removed"), server.stderr);
  assertMatch(server.stderr, /"settings reloaded","secrets":1,"changed":\[\]/);
  assertEquals(await server.stop(), 0);
  assertEquals(one.received.length, delivered);
});

Deno.test("a file that is being written is read when it is whole", async () => {
  await using dir = await TempDir.make();
  await dir.write("secret", SECRET);
  const fileEnv = { ...env, PERSONA_WEBHOOK_SECRET_FILE: "secret" };
  const options = { cwd: dir.path, env: fileEnv };
  await using server = await ServerProcess.start(["serve"], options);
  using file = await Deno.open(`${dir.path}/secret`, {
    write: true,
    truncate: true,
  });
  const bytes = new TextEncoder().encode(NEW_SECRET);
  let rests = 0;
  for (const byte of bytes) {
    const startedMs = performance.now();
    await file.write(Uint8Array.of(byte));
    server.kill("SIGHUP");
    await new Promise((resolve) => setTimeout(resolve, 20));
    // On a slow machine half a file may be at rest for so long that it seems whole.
    if (performance.now() - startedMs > 100) rests++;
  }
  const isTaken = async () => {
    const secret = NEW_SECRET;
    const sent = await deliver(server.url, eventText(), { secret });
    return sent.status === 200;
  };
  await eventually(60_000, isTaken, () => "the new secret");
  const readings = server.stderr.match(/"settings (?:reloaded|refused)"/g);
  assert((readings?.length ?? 0) < bytes.length / 2 + rests, server.stderr);
  assertEquals(await server.stop(), 0);
});

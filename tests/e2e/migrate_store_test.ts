/** `migrate-store` beside a server that runs, killed in the middle, and used wrongly. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { openStore } from "../../lib/store/open_store.ts";
import { deliveries } from "../support/deliveries.ts";
import { Account, deliver } from "../support/deliver.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { runProgram, spawnProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { CANARY, eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };

const noPostgres = await whyNoPostgres();

function migrate(cwd: string, ...args: string[]) {
  return runProgram(["migrate-store", ...args], { cwd, env });
}

Deno.test("migrate-store --follow copies beside a server; the switch is a restart", async () => {
  await using dir = await TempDir.make();
  const account = new Account();
  const options = { cwd: dir.path, env };
  await using old = await ServerProcess.start(["serve"], options);
  for (let n = 0; n < 20; n++) await account.deliver(old.url);
  await using copying = new ServerProcess(
    spawnProgram([
      "migrate-store",
      "--from=sqlite:data/inbox.db",
      "--to=sqlite:new.db",
      "--follow",
    ], options),
    dir.path,
  );
  let isSending = true;
  const sending = (async () => {
    while (isSending) assertEquals(await account.deliver(old.url), 200);
  })();
  await copying.logged(/Caught up, and following/);
  const known = account.size;
  while (account.size < known + 20) await account.deliver(old.url);
  isSending = false;
  await sending;
  assertEquals(await old.stop(), 0);
  copying.kill("SIGINT");
  assertEquals(await copying.ended(), 0);
  assertEquals(JSON.parse(copying.stdout).events, account.size);
  assert(!copying.stderr.includes("still has"), copying.stderr);

  await using fresh = await ServerProcess.start(
    ["serve", "--store=sqlite:new.db"],
    options,
  );
  await account.check(`${dir.path}/new.db`, { again: true });
  const copy = await deliver(fresh.url, eventText("evt_after"));
  assertEquals(copy.status, 200);
});

Deno.test("migrate-store killed in the middle goes on when it is run again", async () => {
  await using dir = await TempDir.make();
  const events = 30_000;
  const url = `sqlite:${dir.path}/old.db`;
  const store = await openStore(url, { bodyBytesMax: 1 << 20 });
  await Promise.all(deliveries(events).map((one) => store.accept(one, ["a"])));
  await store.close();
  const args = ["--from=sqlite:old.db", "--to=sqlite:new.db"];
  const options = { cwd: dir.path, env };
  for (let times = 0; times < 2; times++) {
    const child = spawnProgram(["migrate-store", ...args], options);
    await using copying = new ServerProcess(child, dir.path);
    await copying.logged(/copying: /);
    copying.kill("SIGKILL");
    assertEquals(
      await copying.ended(),
      137,
      "it must be killed before the end",
    );
  }
  const refused = await runProgram(
    ["events", "--store=sqlite:new.db"],
    options,
  );
  assertMatch(refused.stderr, /not finished[^]*migrate-store/);
  const { code, stdout, stderr } = await migrate(dir.path, ...args);
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout).events, events);
  const again = await migrate(dir.path, ...args);
  assertEquals(again.code, 1);
  assertMatch(again.stderr, /it already holds events/);
  const { stdout: listed } = await runProgram(
    ["events", "--store=sqlite:new.db", "--limit=100000"],
    options,
  );
  assertEquals(listed.trim().split("\n").length, events);
});

Deno.test("migrate-store says that a server still has the old store", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  await deliver(server.url, eventText());
  const to = "--to=sqlite:new.db";
  const made = await migrate(dir.path, "--from=sqlite:data/inbox.db", to);
  assertEquals(made.code, 0, made.stderr);
  assertMatch(made.stderr, /A server still has the old store/);
  const onto = await migrate(
    dir.path,
    "--from=sqlite:new.db",
    "--to=sqlite:data/inbox.db",
  );
  assertEquals(onto.code, 1);
  assertMatch(onto.stderr, /another persona-inbox is writing to it/);
});

Deno.test("migrate-store refuses wrong use with what to do", async () => {
  await using dir = await TempDir.make();
  const wrong: [args: string[], code: number, words: RegExp][] = [
    [[], 2, /needs --from=URL\n[^]*needs --to=URL/],
    [["--from=sqlite:a.db"], 2, /needs --to=URL/],
    [["--from=sqlite:a.db", "--to=sqlite:a.db"], 2, /are the same store/],
    [["--from=sqlite:a.db", "--to=sqlite:b.db"], 1, /there is no store/],
    [["--from=a.db", "--to=sqlite:b.db"], 2, /--from[^]*sqlite:/],
    [["--from=sqlite:a.db", "--to=sqlite://b.db"], 2, /--to[^]*sqlite:/],
    [["--from=sqlite::memory:", "--to=sqlite:b.db"], 1, /of its server/],
    [["--from=sqlite:a.db", "--to=sqlite:b.db", "x"], 2, /Unexpected argument/],
  ];
  for (const [args, code, words] of wrong) {
    const made = await migrate(dir.path, ...args);
    assertEquals([made.code, made.stdout], [code, ""], args.join(" "));
    assertMatch(made.stderr, words);
  }
  assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
});

Deno.test({
  name: `migrate-store takes encrypted payloads to PostgreSQL and back${
    noPostgres === undefined ? "" : ` (${noPostgres})`
  }`,
  ignore: noPostgres !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    await using cluster = await PostgresCluster.start();
    const sealed = {
      ...env,
      INBOX_ENCRYPTION_KEYS: createEncryptionKey("one"),
    };
    const options = { cwd: dir.path, env: sealed };
    const places = [
      "sqlite:data/inbox.db",
      cluster.schema(),
      "sqlite:back.db",
      cluster.schema(),
    ];
    for (const [n, url] of places.entries()) {
      const store = `--store=${url}`;
      if (n > 0) {
        const args = [`--from=${places[n - 1]}`, `--to=${url}`];
        const made = await runProgram(["migrate-store", ...args], options);
        assertEquals(made.code, 0, made.stderr);
        assertEquals(JSON.parse(made.stdout).events, n);
      }
      await using server = await ServerProcess.start(["serve", store], options);
      const id = `evt_${n}`;
      assertEquals((await deliver(server.url, eventText(id))).status, 200);
      assertEquals(await server.stop(), 0);
      for (let known = 0; known <= n; known++) {
        const args = ["events", `evt_${known}`, "--reveal", store];
        const shown = await runProgram(args, options);
        assertEquals(shown.code, 0, shown.stderr);
        assert(shown.stdout.includes(CANARY), shown.stdout);
      }
    }
  },
});

/** `pause` and `resume`, with a server and without one, and over restarts. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

const TOKEN = "token-of-the-local-listener";
const env = {
  PERSONA_WEBHOOK_SECRET: SECRET,
  INBOX_ADMIN_PORT: "0",
  INBOX_ADMIN_TOKEN: TOKEN,
};

Deno.test("a destination is paused and resumed, with a server and without one", async () => {
  await using dir = await TempDir.make();
  await using app = new EchoReceiver();
  await using log = new EchoReceiver();
  const destinations = [
    { name: "app", url: app.url },
    { name: "log", url: log.url },
  ];
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  const options = { cwd: dir.path, env };
  const run = (...args: string[]) => runProgram(args, options);
  const dispatched = () => `dispatches: ${idsAt(app)}; ${idsAt(log)}`;
  const idsAt = ({ received }: EchoReceiver) =>
    received.map(({ headers }) => headers.get("idempotency-key"));

  {
    await using server = await ServerProcess.start(["serve"], options);
    const paused = await run("pause", "app");
    assertEquals([paused.code, JSON.parse(paused.stdout)], [0, {
      destination: "app",
      paused: true,
    }]);
    await server.logged(/"msg":"paused by command","destination":"app"/);
    assertEquals((await deliver(server.url, eventText())).status, 200);
    await eventually(60_000, () => idsAt(log).length === 1, dispatched);

    const local = /"localUrl":"([^"]+)"/.exec(server.stderr)?.[1] ?? "";
    const ask = async (path: string) => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      return await (await fetch(`${local}${path}`, { headers })).text();
    };
    const stats = JSON.parse(await ask("api/stats"));
    assertMatch(stats.destinations[0].pausedSince, /^\d{4}-.*Z$/);
    assertEquals(stats.destinations[1].pausedSince, null);
    const metrics = await ask("metrics");
    const name = "persona_inbox_destination_paused_by_command";
    assertStringIncludes(metrics, `${name}{destination="app"} 1`);
    assertStringIncludes(metrics, `${name}{destination="log"} 0`);

    // A replay there waits, too.
    const replayed = await run("replay", "evt_1");
    assertEquals(replayed.code, 0);
    assertStringIncludes(replayed.stderr, "app is paused: its dispatches wait");
    const listed = await run("events");
    assertEquals(listed.stderr, "", "a pipe gets data alone");
    const unknown = await run("resume", "ap");
    assertEquals(unknown.code, 2);
    assertEquals(
      unknown.stderr,
      'Unknown destination "ap". Did you mean "app"?\n',
    );
    await server.stop();
  }
  {
    await using server = await ServerProcess.start(["serve"], options);
    assertMatch(server.stderr, /"name":"app","events".*?"paused":true/);
    const found = await run("doctor");
    assertMatch(found.stdout, /"to app".*"paused by a command since/);
    assertEquals(idsAt(app), []);
    await server.stop();
  }
  const unknown = await run("pause", "lgo");
  assertEquals([unknown.code, unknown.stderr], [
    2,
    'Unknown destination "lgo". Did you mean "log"?\n',
  ]);
  assertEquals((await run("pause", "log")).code, 0);
  assertEquals((await run("resume", "app")).code, 0);
  {
    await using server = await ServerProcess.start(["serve"], options);
    await eventually(60_000, () => idsAt(app).length === 1, dispatched);
    assertEquals((await deliver(server.url, eventText("evt_2"))).status, 200);
    await eventually(60_000, () => idsAt(app).length === 2, dispatched);
    assertEquals(idsAt(log), ["evt_1"]);
    assertEquals((await run("resume", "log")).code, 0);
    await eventually(60_000, () => idsAt(log).length === 2, dispatched);
    await server.stop();
  }
  assertEquals([idsAt(app), idsAt(log)], [
    ["evt_1", "evt_2"],
    ["evt_1", "evt_2"],
  ]);
});

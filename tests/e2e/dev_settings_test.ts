/** `dev` follows its settings files, whether it runs or waits for them to be fixed. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { runProgram, spawnProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

/** Several in the order of the log. */
function times(text: string, count: number): RegExp {
  return new RegExp(`([^]*${text}){${count}}`);
}

Deno.test("dev follows .env and inbox.json without a restart, and restarts where that is needed", async () => {
  await using dir = await TempDir.make();
  const args = ["dev", "--log=json", "--admin-port=0"];
  await using server = await ServerProcess.start(args, { cwd: dir.path });
  const listening = `"msg":"listening","port":${server.port},`;
  await server.logged(/accepting unsigned deliveries/);

  await dir.write(".env", `PERSONA_WEBHOOK_SECRET=${SECRET}\n`);
  await server.logged(
    /"settings reloaded","secrets":1,"changed":\["PERSONA_WEBHOOK_SECRET"\]/,
  );
  assertEquals((await deliver(server.url, eventText())).status, 200);
  const unsigned = await fetch(`${server.url}/webhook`, {
    method: "POST",
    body: eventText(),
  });
  assertEquals((await unsigned.json()).success, false);

  await dir.write(
    "inbox.json",
    '{ "destinations": [{ "name": "notify", "exec": ["true"] }] }',
  );
  await server.logged(/"changed":\["destination notify added"\]/);
  assertEquals((await deliver(server.url, eventText("evt_2"))).status, 200);
  await server.logged(/"msg":"delivered".*"destination":"notify"/);

  await dir.write("inbox.json", "{");
  await server.logged(/"settings refused".*Cannot read inbox.json: it is not/);
  assertEquals((await deliver(server.url, eventText())).status, 200);
  await Deno.remove(`${dir.path}/inbox.json`);
  await server.logged(
    /"settings refused".*inbox.json: it was there before, and is gone\. Put it back, or restart/,
  );
  assertEquals((await deliver(server.url, eventText("evt_3"))).status, 200);
  await server.logged(/"msg":"delivered".*"eventId":"evt_3"/);
  await dir.write("inbox.json", '{ "destinations": [] }');
  await server.logged(/"changed":\["destination notify removed"\]/);
  assertEquals(server.stderr.split(listening).length, 2, "no restart so far");

  await dir.write(
    ".env",
    `PERSONA_WEBHOOK_SECRET=${SECRET}\nINBOX_STORE=sqlite:other.db\n`,
  );
  await server.logged(/"settings changed"/);
  await server.logged(times(listening, 2));
  assertStringIncludes(server.stderr, 'other.db","secrets":1');
  assertEquals(await server.stop(), 0);
  assert(/"msg":"stopped"/.test(server.stderr), server.stderr);
});

Deno.test("dev waits for a settings file to be fixed that keeps it from starting", async () => {
  await using dir = await TempDir.make();
  await dir.write(".env", "INBOX_LOG=xml\n");
  const options = { cwd: dir.path };
  const child = spawnProgram(["dev", "--port=0"], options);
  await using server = new ServerProcess(child, dir.path);
  await server.logged(/INBOX_LOG in .env .*\nWaiting for a change/);
  await dir.write(".env", "INBOX_LOG=json\nINBOX_ADMIN_PORT=off\n");
  await server.logged(/"msg":"listening"/);
  assertEquals(await server.stop(), 0);
});

Deno.test("dev ends with 2 on a fault that no file can fix", async () => {
  await using dir = await TempDir.make();
  await dir.write("inbox.json", '{"destinations":[{"name":"a"}]}');
  const options = { cwd: dir.path, env: { INBOX_LOG: "xml" } };
  const { code, stderr } = await runProgram(["dev"], options);
  assertEquals(code, 2);
  assertEquals(stderr.trimEnd().split("\n").length, 2, stderr);
});

Deno.test("the start line tells the port at any level, and where events go", async () => {
  await using dir = await TempDir.make();
  const destinations = [
    { name: "app", url: "http://127.0.0.1:2/", events: ["inquiry.aproved"] },
    { name: "all", exec: ["true"], filter: { data: { type: "inquiry" } } },
  ];
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  for (const log of ["json", "pretty"]) {
    const args = ["serve", `--log=${log}`, "--log-level=error"];
    await using server = await ServerProcess.start(args, {
      cwd: dir.path,
      env: { PERSONA_WEBHOOK_SECRET: SECRET },
    });
    const expected = log === "json"
      ? [
        '{"name":"app","events":["inquiry.aproved"],"filtered":false}',
        '{"name":"all","events":["*"],"filtered":true}',
      ]
      : [
        "app receives inquiry.aproved",
        "all receives all events that its filter matches",
      ];
    for (const text of expected) assertStringIncludes(server.stderr, text);
    assertEquals(server.stderr.includes("Did you mean"), false);
    await server.stop();
  }
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env: { PERSONA_WEBHOOK_SECRET: SECRET },
  });
  await server.logged(
    /"settings warning".*inquiry\.aproved.*Did you mean .*inquiry\.approved/,
  );
});

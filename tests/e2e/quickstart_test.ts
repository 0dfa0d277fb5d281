/** The quickstart of Persona's documentation, its two curl commands as printed. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCommand, runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const SIGNED = { PERSONA_WEBHOOK_SECRET: SECRET };

const TEST_SERVER = (port: number) => [
  "-X",
  "POST",
  `http://localhost:${port}/webhook`,
  "-H",
  "Content-Type: application/json",
  "-d",
  '{"event": "test", "data": {"message": "Hello from webhook!"}}',
];

const FAKE_REQUEST = (port: number) => [
  "-X",
  "POST",
  `http://localhost:${port}/webhook`,
  "-H",
  "Content-Type: application/json",
  "-H",
  "Persona-Signature: t=1234567890,v1=invalid_signature",
  "-d",
  '{"test": "data"}',
];

const RECEIVED =
  '{"success":true,"message":"Webhook received successfully"}\n200';
const INVALID = '{"success":false,"message":"Invalid webhook signature"}\n401';

const hasCurl = await runCommand("curl", ["--version"]).then(
  ({ code }) => code === 0,
  () => false,
);

async function curl(args: readonly string[]): Promise<string> {
  const options = ["--silent", "--show-error", "--write-out", "\n%{http_code}"];
  const { stdout, stderr } = await runCommand("curl", [...options, ...args]);
  assertEquals(stderr, "");
  return stdout;
}

Deno.test({
  name: "dev without a secret takes the quickstart's unsigned request",
  ignore: !hasCurl, // `.ci/run` installs it.
  async fn() {
    await using dir = await TempDir.make();
    await using server = await ServerProcess.start(["dev"], { cwd: dir.path });

    assertEquals(await curl(TEST_SERVER(server.port)), RECEIVED);
    assertEquals(await curl(FAKE_REQUEST(server.port)), INVALID);
    // As the guide has it: headers and body, and that it is no event.
    for (
      const shown of [
        /^Headers:$/m,
        /^ {2}content-type: application\/json$/m,
        /"message": "Hello from webhook!"/,
        /unrecognized: JSON, but no event {2}unsigned/,
        /^ {2}persona-signature: t=1234567890,v1=invalid_signature$/m,
      ]
    ) await server.logged(shown);
    assertEquals(
      await curl([`http://localhost:${server.port}/`]),
      "Webhook server is running. Send POST requests to /webhook\n200",
    );
    await server.logged(
      /received {2}unrecognized: JSON, but no event {2}unsigned/,
    );
    await server.logged(/rejected {2}401 Invalid signature/);
    assertStringIncludes(server.stderr, "accepting unsigned deliveries");
  },
});

Deno.test({
  name: "dev and serve with a secret refuse both of the quickstart's requests",
  ignore: !hasCurl, // `.ci/run` installs it.
  async fn() {
    for (const command of ["dev", "serve"]) {
      await using dir = await TempDir.make();
      await using server = await ServerProcess.start([command], {
        cwd: dir.path,
        env: SIGNED,
      });

      assertEquals(await curl(TEST_SERVER(server.port)), INVALID, command);
      assertEquals(await curl(FAKE_REQUEST(server.port)), INVALID, command);
      assertEquals(await server.stop(), 0);
      const { stdout } = await runProgram(["events"], { cwd: dir.path });
      assertEquals(stdout, "", command);
    }
  },
});

Deno.test("what send sends is listed by events, beside the server and after it", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env: SIGNED };
  await using server = await ServerProcess.start(["serve"], options);
  const to = `--to=${server.url}/webhook`;

  const sent = await runProgram(["send", "inquiry.declined", to], options);
  assertEquals([sent.code, sent.stderr], [0, ""]);
  const { id } = JSON.parse(sent.stdout);
  assert(id);

  const beside = await runProgram(["events", "--json"], options);
  assertEquals([beside.code, beside.stderr], [0, ""]);
  assertEquals(JSON.parse(beside.stdout).id, id);
  assertEquals(JSON.parse(beside.stdout).name, "inquiry.declined");

  assertEquals(await server.stop(), 0);
  const after = await runProgram(["events", "--json"], options);
  assertEquals([after.code, after.stdout], [0, beside.stdout]);
  const one = await runProgram(["events", id, "--reveal"], options);
  const { body } = JSON.parse(one.stdout);
  assertEquals(body.data.attributes.payload.data.attributes.status, "declined");
});

Deno.test("send with a wrong secret is refused and fails", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env: SIGNED };
  await using server = await ServerProcess.start(["serve"], options);
  const to = `--to=${server.url}/webhook`;

  const sent = await runProgram(["send", to, "--secret=wrong"], options);
  assertEquals(sent.code, 1);
  assertEquals(JSON.parse(sent.stdout).status, 401);
});

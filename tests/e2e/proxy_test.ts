/** Proxies in the environment: this machine is never asked through them. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { runProgram, spawnProgram } from "../support/program.ts";
import { RecordingProxy } from "../support/recording_proxy.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const TOKEN = "token-of-the-local-listener";

/** A server with a proxy in its environment, and destinations on this machine. */
async function setUp(destinations: readonly object[]) {
  const dir = await TempDir.make();
  const proxy = new RecordingProxy();
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  const env = {
    ...proxy.env,
    DENO_NO_UPDATE_CHECK: "1", // Deno would ask its own server.
    PERSONA_WEBHOOK_SECRET: SECRET,
    INBOX_ADMIN_TOKEN: TOKEN,
    INBOX_ADMIN_PORT: "0",
  };
  const options = { cwd: dir.path, env };
  const server = await ServerProcess.start(["serve"], options);
  return {
    proxy,
    server,
    options,
    run: (...args: string[]) => runProgram(args, options),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

Deno.test("nothing that stays on this machine goes through a proxy", async () => {
  await using receiver = new EchoReceiver();
  const { port } = receiver;
  const hosts = ["127.0.0.1", "localhost", "127.0.0.1.", "[::ffff:127.0.0.1]"];
  const destinations = hosts.map((host, index) => ({
    name: `app${index}`,
    url: `http://${host}:${port}/webhook`,
    attemptsMax: 1,
  }));
  await using it = await setUp(destinations);
  const { server, proxy } = it;
  const sent = await it.run("send", "--to", `${server.url}/webhook`);
  assertEquals(sent.code, 0, sent.stderr);
  while (receiver.received.length < hosts.length - 1) {
    await server.logged(/"msg":"(?:delivered|dead letter)"/);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { stdout } = await it.run("events");
  const { id } = JSON.parse(stdout);
  const replayed = await it.run("replay", id, "--again", "--destination=app0");
  assertEquals(replayed.code, 0, replayed.stderr);
  const doctor = await it.run("doctor", "--json");
  assertStringIncludes(doctor.stdout, "runs persona-inbox");
  assertStringIncludes(doctor.stdout, "HTTP_PROXY");

  const tail = spawnProgram(["tail", "--since=1h"], it.options);
  const reader = tail.stdout.getReader();
  const { value } = await reader.read();
  assertStringIncludes(new TextDecoder().decode(value), id);
  tail.kill("SIGTERM");
  await Promise.all([reader.cancel(), tail.stderr.cancel(), tail.status]);

  assertEquals(proxy.seen, []);
  await server.logged(/"msg":"proxy in use","variables":\["HTTP_PROXY"/);
});

Deno.test("a destination on another machine is asked through the proxy", async () => {
  await using it = await setUp([{ name: "app", url: "http://app.invalid/in" }]);
  await it.run("send", "--to", `${it.server.url}/webhook`);
  await it.server.logged(/"msg":"delivered"/);
  assert(it.proxy.seen.length > 0);
  for (const line of it.proxy.seen) {
    assertStringIncludes(line, "http://app.invalid/in");
  }
});

/** Retries of a server whose clock is set, as libfaketime lets a test do. */

import { assertEquals } from "@std/assert";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const LIBRARY = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** A destination that fails at first, and a server that forwards to it. */
async function setUp() {
  const dir = await TempDir.make();
  let status = 500;
  const destination = new EchoReceiver(() => new Response(null, { status }));
  const setClock = (offset: string) => dir.write("offset", offset);
  const env = {
    LD_PRELOAD: LIBRARY ?? "",
    FAKETIME_TIMESTAMP_FILE: `${dir.path}/offset`,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    INBOX_FORWARD_URL: destination.url,
    INBOX_ADMIN_PORT: "off",
  };
  return {
    setClock,
    start: () =>
      ServerProcess.start(["dev", "--log=json"], { cwd: dir.path, env }),
    destination,
    recover: () => void (status = 200),
    async [Symbol.asyncDispose]() {
      await destination[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Delivers an event whose first attempt fails. */
async function failOnce(server: ServerProcess): Promise<void> {
  const response = await fetch(`${server.url}/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: eventText(),
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
  await server.logged(/"msg":"attempt failed"/);
}

const CHANGES: [about: string, before: string, after: string][] = [
  ["was ten years ahead, and is right", "+3650d", "+0"],
  ["is set back a day", "+0", "-1d"],
];

for (const [about, before, after] of CHANGES) {
  Deno.test({
    name: `a retry goes out in seconds when the clock ${about}`,
    ignore: LIBRARY === undefined,
    async fn() {
      await using setup = await setUp();
      await setup.setClock(before);
      await using server = await setup.start();
      await failOnce(server);
      setup.recover();
      await setup.setClock(after);
      await server.logged(/"msg":"delivered"/);
      assertEquals(await server.stop(), 0);
    },
  });

  Deno.test({
    name: `… and after a crash, too, when the clock ${about}`,
    ignore: LIBRARY === undefined,
    async fn() {
      await using setup = await setUp();
      await setup.setClock(before);
      {
        await using server = await setup.start();
        await failOnce(server);
        server.kill("SIGKILL");
        await server.ended();
      }
      setup.recover();
      await setup.setClock(after);
      await using server = await setup.start();
      await server.logged(/"msg":"delivered"/);
      assertEquals(await server.stop(), 0);
    },
  });
}

/** Senders that misbehave do not keep others from being served. */

import { assertEquals, assertMatch } from "@std/assert";
import { Account } from "../support/deliver.ts";
import { freshHeader, head, RawRequest } from "../support/raw_request.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { within } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };

/** Many at once, all of them acknowledged. */
async function serveOthers(server: ServerProcess): Promise<void> {
  const account = new Account(6_500);
  const deliveries = Array.from(
    { length: 100 },
    () => account.deliver(server.url),
  );
  const statuses = await within(
    60_000,
    Promise.all(deliveries),
    () => "answers to others",
  );
  assertEquals(statuses, Array(100).fill(200));
  await account.check(`${server.cwd}/data/inbox.db`);
}

Deno.test("stalled senders are refused, and others served meanwhile", async () => {
  await using dir = await TempDir.make();
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env,
  });
  using stalled = await RawRequest.beginDelivery(server.port, eventText());
  using chunked = await RawRequest.begin(
    server.port,
    `${head(["transfer-encoding: chunked", freshHeader()])}5\r\n{"a":`,
  );
  await serveOthers(server);
  const answers = await Promise.all([stalled.answer(), chunked.answer()]);
  for (const answer of answers) {
    assertMatch(answer, /^HTTP\/1.1 408 [^]*"success":false/);
  }
  assertEquals(await server.stop(), 0);
});

Deno.test("200 idle connections cost others nothing, and do not delay the end", async () => {
  await using dir = await TempDir.make();
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env,
  });
  using idle = new DisposableStack();
  for (let i = 0; i < 200; i++) {
    const text = i % 2 === 0 ? "" : "POST /webhook HTTP/1.1\r\nhost:";
    idle.use(await RawRequest.begin(server.port, text));
  }
  await serveOthers(server);
  assertEquals(await server.stop(), 0);
});

Deno.test("a body that is too large is refused without its rest", async () => {
  await using dir = await TempDir.make();
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env,
  });
  using declared = await RawRequest.begin(
    server.port,
    head(["content-length: 1073741824"]),
  );
  const chunk = `100000\r\n${" ".repeat(1 << 20)}\r\n`;
  using chunked = await RawRequest.begin(
    server.port,
    head(["transfer-encoding: chunked", freshHeader()]) + chunk + chunk,
  );
  await serveOthers(server);
  // Neither has come to its end, nor ever will.
  const answers = await Promise.all([declared.answer(), chunked.answer()]);
  for (const answer of answers) assertMatch(answer, /^HTTP\/1.1 413 /);
  assertEquals(await server.stop(), 0);
});

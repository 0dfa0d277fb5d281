/** Requests as no decent client sends them, to a server as users run it. */

import { assert, assertEquals } from "@std/assert";
import { Account, deliver, statusOf } from "../support/deliver.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { ServerProcess } from "../support/server_process.ts";
import {
  bytesOf,
  eventText,
  headerOf,
  SECRET,
} from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { within } from "../support/within.ts";

const EVENT = eventText();
const POST = "POST /webhook HTTP/1.1";
const LENGTH = `content-length: ${bytesOf(EVENT).length}`;
const WRONG = `t=${nowSeconds()},v1=${"0".repeat(64)}`;

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function signature(body = EVENT): string {
  return `persona-signature: ${headerOf(body, { timestamp: nowSeconds() })}`;
}

async function withServer(
  test: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  await using dir = await TempDir.make();
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env: { PERSONA_WEBHOOK_SECRET: SECRET },
  });
  await test(server);
  assertEquals((await deliver(server.url, eventText("evt_last"))).status, 200);
  assertEquals(await server.stop(), 0);
}

async function answerTo(
  { port }: ServerProcess,
  head: readonly string[],
  body: string,
): Promise<number> {
  using connection = await RawConnection.open(port);
  await connection.send(head, body);
  return (await within(60_000, connection.answer(), () => "an answer")).status;
}

Deno.test("a doubled signature header is read as one with two sets", async () => {
  await withServer(async (server) => {
    const wrong = `persona-signature: ${WRONG}`;
    for (const lines of [[wrong, signature()], [signature(), wrong]]) {
      assertEquals(
        await answerTo(server, [POST, LENGTH, ...lines], EVENT),
        200,
      );
    }
    assertEquals(
      await answerTo(server, [POST, LENGTH, wrong, wrong], EVENT),
      401,
    );
  });
});

Deno.test("requests that are sent without waiting are all answered, in order", async () => {
  await withServer(async (server) => {
    using connection = await RawConnection.open(server.port);
    const bodies = [1, 2, 3].map((n) => eventText(`evt_${n}`));
    const get = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    const posts = bodies.map((body, i) => {
      const length = `content-length: ${bytesOf(body).length}`;
      const by = i === 1 ? `persona-signature: ${WRONG}` : signature(body);
      return `${POST}\r\nhost: x\r\n${length}\r\n${by}\r\n\r\n${body}`;
    });
    await connection.write(posts.join(get));
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const answer = connection.answer();
      statuses.push((await within(60_000, answer, () => "an answer")).status);
    }
    assertEquals(statuses, [200, 200, 401, 200, 200]);
  });
});

Deno.test("who expects 100-continue gets it, and without a signature a refusal before any body", async () => {
  await withServer(async ({ port }) => {
    const head = [POST, LENGTH, "expect: 100-continue"];
    using signed = await RawConnection.open(port);
    await signed.send([...head, signature()]);
    assertEquals((await signed.answer({ hasBody: false })).status, 100);
    await signed.write(EVENT);
    assertEquals((await signed.answer()).status, 200);
    using unsigned = await RawConnection.open(port);
    await unsigned.send(head);
    assertEquals((await unsigned.answer({ hasBody: false })).status, 100);
    assertEquals((await unsigned.answer()).status, 401);
  });
});

Deno.test("header bytes that are no text, and headers without end, are refused and cost nothing", async () => {
  await withServer(async (server) => {
    const odd = ["\xff\xfe", "t=1,v1=\u00e9", "\u{1f5dd}"].map((text) =>
      `persona-signature: ${text}`
    );
    for (const line of odd) {
      assertEquals(await answerTo(server, [POST, LENGTH, line], EVENT), 401);
    }
    const long = `x-long: ${"x".repeat(1 << 20)}`;
    const status = await answerTo(server, [POST, LENGTH, long], "").catch(
      () => 400, // It has hung up.
    );
    assertEquals(status, 400);
    const sets = `persona-signature: ${`${WRONG} `.repeat(100)}`;
    assertEquals(await answerTo(server, [POST, LENGTH, sets], EVENT), 401);
  });
});

Deno.test("HEAD and OPTIONS of the webhook are 405, and grant nothing", async () => {
  await withServer(async ({ url }) => {
    for (const method of ["HEAD", "OPTIONS", "TRACE2"]) {
      const response = await fetch(`${url}/webhook`, { method });
      await response.body?.cancel();
      assertEquals(response.status, 405, method);
      assertEquals(response.headers.get("allow"), "POST");
      assert(
        ![...response.headers.keys()].some((name) =>
          name.startsWith("access-control-")
        ),
      );
    }
  });
});

Deno.test("many tiny connections, opened and dropped, keep nobody out", async () => {
  await withServer(async (server) => {
    const account = new Account();
    for (let round = 0; round < 20; round++) {
      const opened = Array.from({ length: 100 }, async (_, i) => {
        using connection = await RawConnection.open(server.port);
        if (i % 3 === 0) await connection.write("POST /webhook HTTP/1.1\r\n");
        if (i % 3 === 1) await connection.write("\x16\x03\x01\x00");
      });
      await Promise.allSettled(opened);
      assertEquals(await account.deliver(server.url), 200);
    }
    assertEquals(await statusOf(`${server.url}/readyz`), 200);
  });
});

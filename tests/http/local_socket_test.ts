import { assert, assertEquals } from "@std/assert";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { EventSource } from "../support/event_source.ts";
import { LocalRig, type LocalSetup } from "../support/local_rig.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { rejected } from "../support/rejected.ts";
import { eventually, within } from "../support/within.ts";
import { ENDS_ABANDONED_READS } from "../support/abandoned_reads.ts";

const CHUNKED = "transfer-encoding: chunked";

/** The local listener on a real port. */
async function withPort(
  test: (rig: LocalRig) => Promise<void>,
  setup: LocalSetup = {},
): Promise<void> {
  await using rig = await LocalRig.make(setup);
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) =>
      rig.listener.handle(request, {
        requestId: crypto.randomUUID(),
        remoteAddress: () => "127.0.0.1",
        isStopping: () => false,
      }),
  );
  rig.port = server.addr.port;
  try {
    await test(rig);
  } finally {
    rig.listener.close();
    await within(60_000, server.shutdown(), () => "the listener to end");
  }
}

function openStream({ port }: LocalRig): Promise<Response> {
  // What browsers send: a stream must not wait until it pays to compress it.
  return fetch(`http://127.0.0.1:${port}/api/stream`, {
    headers: { "accept-encoding": "gzip, deflate, br" },
  });
}

/** Whether nobody watches any more. */
function isUnwatched({ timers }: LocalRig): boolean {
  return timers.count === 0;
}

Deno.test("the guard checks the headers as they were sent", async () => {
  await withPort(async ({ port }) => {
    const own = `localhost:${port}`;
    const table: [lines: readonly string[], isRefused: boolean][] = [
      [["GET /api/stats HTTP/1.1", `host: ${own}`], false],
      [["GET /api/stats HTTP/1.1", `HOST:127.0.0.1:${port}`], false],
      [["GET /api/stats HTTP/1.1", "host: localhost:1"], false],
      [["GET /api/stats HTTP/1.1", `host: evil.example:${port}`], true],
      [["GET /api/stats HTTP/1.1", `host: ${own}`, "host: evil.example"], true],
      [["GET /api/stats HTTP/1.1", "host: evil.example", `host: ${own}`], true],
      [["GET /api/stats HTTP/1.1", "host: a b"], true],
      [["GET /api/stats HTTP/1.1", "host: ["], true],
      [["GET /api/stats HTTP/1.1", "host:"], true],
      [[`GET http://${own}/api/stats HTTP/1.1`, "host: evil.example"], true],
      [["GET /api/stats HTTP/1.1", `host: ${own}`, "origin: null"], true],
      [[
        "GET /api/stats HTTP/1.1",
        `host: ${own}`,
        `origin: http://${own}`,
        "sec-fetch-site: same-origin",
      ], false],
      [[
        "GET /api/stats HTTP/1.1",
        `host: ${own}`,
        `origin: http://${own}`,
        "origin: http://evil.example",
      ], true],
    ];
    for (const [lines, isRefused] of table) {
      using connection = await RawConnection.open(port);
      await connection.write(`${lines.join("\r\n")}\r\n\r\n`);
      const { status } = await connection.answer();
      const expected = isRefused ? [400, 403] : [200];
      assert(expected.includes(status), `${status} for ${lines.join(", ")}`);
    }
  });
});

Deno.test({
  name: "the local listener cancels a stalled body and replays nothing",
  sanitizeOps: ENDS_ABANDONED_READS,
  async fn() {
    const body = '{"dead":true}';
    for (const framing of [`content-length: ${body.length}`, CHUNKED]) {
      await withPort(async (rig) => {
        const seq = await rig.open.accept(delivery("evt_1"), ["app"]);
        const key = { seq, destination: "app" };
        await rig.open.record(attempt(key, { status: "dead" }));
        using connection = await RawConnection.open(rig.port);
        const lines = [
          "POST /api/replay HTTP/1.1",
          `host: localhost:${rig.port}`,
          "content-type: application/json",
          framing,
        ];
        const isChunked = framing === CHUNKED;
        const first = isChunked ? "1\r\n{\r\n" : "{";
        await connection.write(`${lines.join("\r\n")}\r\n\r\n${first}`);
        const answer = connection.answer();
        const { status, text } = await within(
          60_000,
          answer,
          () => "an answer",
        );
        assertEquals(status, 408);
        assertEquals(JSON.parse(text), {
          success: false,
          message: "Cannot read body as it must come in time",
        });
        const rest = body.slice(1);
        const last = isChunked ? `c\r\n${rest}\r\n0\r\n\r\n` : rest;
        await connection.write(last).catch(() => {}); // It may be closed.
        const other = await fetch(`http://localhost:${rig.port}/api/stats`);
        assertEquals((await other.json()).dead, 1);
        assertEquals(rig.woken, []);
      }, { deadlineMs: 50 });
    }
  },
});

Deno.test("a stream sends each message at once", async () => {
  await withPort(async (rig) => {
    await using source = new EventSource(await openStream(rig));
    assertEquals((await source.next())?.comment, "connected");
    for (let i = 0; i < 5; i++) {
      await rig.open.accept(delivery(`evt_${i}`));
      assertEquals(await source.names(1), `evt_${i}`);
      await rig.timers.advance(100);
    }
  });
});

Deno.test("a client that hangs up is removed", async () => {
  await withPort(async (rig) => {
    const source = new EventSource(await openStream(rig));
    await source.next();
    assert(!isUnwatched(rig));
    await source[Symbol.asyncDispose]();
    await eventually(
      60_000,
      () => isUnwatched(rig),
      () => "it to be forgotten",
    );
  });
});

Deno.test("a client that stops reading its socket is dropped", async () => {
  await withPort(async (rig) => {
    const slow = await openStream(rig);
    await eventually(60_000, () => {
      for (let i = 0; i < 500; i++) {
        rig.monitor.rejected(rejected({ requestId: "r".repeat(1_000) }));
      }
      return isUnwatched(rig);
    }, () => "it to be dropped");
    const text = await slow.text();
    assert(text.endsWith("\n\n"), "it ends in good order");
    // The listener serves others as before.
    await using source = new EventSource(await openStream(rig));
    await source.next();
    rig.monitor.rejected(rejected());
    assertEquals((await source.next())?.event, "rejected");
  });
});

Deno.test("open streams do not delay the end of the listener", async () => {
  const sources: EventSource[] = [];
  await withPort(async (rig) => {
    for (let i = 0; i < 5; i++) {
      sources.push(new EventSource(await openStream(rig)));
    }
  });
  for (const source of sources) {
    assertEquals((await source.next())?.comment, "connected");
    assertEquals(await source.next(), undefined);
  }
});

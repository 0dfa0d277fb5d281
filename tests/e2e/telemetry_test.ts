/** OpenTelemetry, with a real collector, server and destination. */

import { assert, assertEquals } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { type ExportedSpan, OtlpCollector } from "../support/otlp_collector.ts";
import { EXECUTABLE } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { CANARY, eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const PATH_SECRET = "path-canary-5b1f";
const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "off" };

/** Answers with each status in turn, and keeps the `traceparent` headers. */
function destination(...statuses: number[]) {
  const traceparents: (string | null)[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      await request.bytes();
      traceparents.push(request.headers.get("traceparent"));
      return new Response(null, { status: statuses.shift() ?? 200 });
    },
  );
  const path = `${PATH_SECRET}?token=${PATH_SECRET}`;
  return {
    traceparents,
    url: `http://127.0.0.1:${server.addr.port}/${path}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Serves until the log has something, and then to an orderly end. */
async function serveUntil(
  pattern: RegExp,
  options: { cwd: string; env: Record<string, string> },
  body: (url: string) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await using server = await ServerProcess.start(["serve"], options);
  await body(server.url);
  await server.logged(pattern);
  assertEquals(await server.stop(), 0);
}

function only(spans: readonly ExportedSpan[], name: string): ExportedSpan {
  const [span, ...more] = spans.filter((span) => span.name === name);
  assert(span && more.length === 0, `${name}: ${JSON.stringify(spans)}`);
  return span;
}

Deno.test({
  name:
    "an event and its attempts share a trace over a restart, linked with the delivery",
  // Whether an executable traces is decided when it is compiled.
  ignore: EXECUTABLE !== undefined,
  fn: async () => {
    await using dir = await TempDir.make();
    await using collector = new OtlpCollector();
    await using target = destination(500, 200);
    const options = {
      cwd: dir.path,
      env: { ...env, ...collector.env, INBOX_FORWARD_URL: target.url },
    };
    const body = eventText("evt_traced");
    await serveUntil(/"attempt failed"/, options, (url) => deliver(url, body));
    await serveUntil(/"delivered"/, options);

    const ours = collector.spans.filter(({ scope }) =>
      scope === "persona-inbox"
    );
    assertEquals(ours.length, 3, JSON.stringify(ours));
    const event = only(ours, "event inquiry.approved");
    assertEquals(event.attributes, {
      "persona.event.id": "evt_traced",
      "persona.event.name": "inquiry.approved",
      "persona.object.type": "inquiry",
      "persona.object.id": "inq_1",
      "inbox.signature": "verified",
      "inbox.duplicate": false,
    });
    const delivery = collector.spans.find(({ links }) =>
      links.some(({ spanId }) => spanId === event.spanId)
    );
    assertEquals(delivery?.attributes["url.path"], "/webhook");
    assertEquals(event.links.map(({ spanId }) => spanId), [delivery?.spanId]);

    const attempts = ours.filter(({ name }) => name === "attempt default");
    const outcomes = attempts.map(({ attributes, status, statusMessage }) => [
      attributes["inbox.attempt"],
      attributes["inbox.outcome"],
      attributes["inbox.code"],
      status,
      statusMessage,
    ]);
    assertEquals(outcomes, [[1, "status", 500, 2, "status"], [
      2,
      "ok",
      200,
      0,
      "",
    ]]);
    assertEquals(new Set(ours.map(({ traceId }) => traceId)).size, 1);

    const parents = target.traceparents.map((header) => {
      const [, traceId, spanId] = header?.split("-") ?? [];
      assertEquals(traceId, event.traceId);
      return collector.spans.find((span) => span.spanId === spanId)
        ?.parentSpanId;
    });
    assertEquals(parents, attempts.map(({ spanId }) => spanId));

    for (const secret of [CANARY, "Canary", SECRET, PATH_SECRET]) {
      assert(!collector.text.includes(secret), `${secret} was exported`);
    }
  },
});

Deno.test("nothing is traced or sent on unless Deno was started with it", async () => {
  await using dir = await TempDir.make();
  await using collector = new OtlpCollector();
  await using target = destination();
  const { OTEL_DENO: _, ...rest } = collector.env;
  const options = {
    cwd: dir.path,
    env: { ...env, ...rest, INBOX_FORWARD_URL: target.url },
  };
  const body = eventText("evt_untraced");
  await serveUntil(/"delivered"/, options, (url) => deliver(url, body));
  assertEquals(target.traceparents, [null]);
  assertEquals(collector.text, "");
});

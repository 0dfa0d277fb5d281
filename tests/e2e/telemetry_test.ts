/** OpenTelemetry, with a real collector, server and destination. */

import { assert, assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { deliver } from "../support/deliver.ts";
import { OtlpCollector } from "../support/otlp_collector.ts";
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

/** As the README has it. */
async function traceOf(eventId: string): Promise<string> {
  const id = new TextEncoder().encode(eventId);
  return encodeHex(await crypto.subtle.digest("SHA-256", id)).slice(0, 32);
}

Deno.test({
  name: "attempts of an event share a trace over a restart",
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
    const attempts = ours.filter(({ name }) => name === "attempt default");
    assertEquals(attempts.length, ours.length, JSON.stringify(ours));
    assertEquals(attempts[0]?.attributes["persona.event.id"], "evt_traced");
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
    const traceId = await traceOf("evt_traced");
    for (const attempt of attempts) assertEquals(attempt.traceId, traceId);

    const parents = target.traceparents.map((header) => {
      const [, sentTraceId, spanId] = header?.split("-") ?? [];
      assertEquals(sentTraceId, traceId);
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

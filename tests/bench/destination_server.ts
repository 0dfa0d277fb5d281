/**
 * A destination under bench, a process of its own: answers at once, and remembers
 * when each event came first. `GET /report` tells.
 *
 * ```sh
 * PORT=8080 FAIL_PERCENT=1 deno run --allow-net --allow-env tests/bench/destination_server.ts
 * ```
 *
 * @module
 */

const failShare = Number(Deno.env.get("FAIL_PERCENT") ?? 0) / 100;
const receivedAtMs = new Map<string, number>();
let requests = 0;

/** When events came, on the clock that all processes of a machine share. */
export interface DestinationReport {
  /** Attempts, and different events. */
  requests: number;
  events: number;
  /** By event id, milliseconds since 1970; only when asked for with `?times`. */
  times?: Record<string, number>;
}

Deno.serve({
  hostname: "127.0.0.1",
  port: Number(Deno.env.get("PORT")),
  onListen: () => {},
}, async (request) => {
  if (request.method === "GET") return Response.json(report(request.url));
  requests++;
  const id = request.headers.get("idempotency-key") ?? "";
  if (!receivedAtMs.has(id)) {
    receivedAtMs.set(id, performance.timeOrigin + performance.now());
  }
  await request.bytes();
  const status = Math.random() < failShare ? 500 : 200;
  return new Response(null, { status });
});

function report(url: string): DestinationReport {
  const wantsTimes = url.endsWith("?times");
  return {
    requests,
    events: receivedAtMs.size,
    ...(wantsTimes && { times: Object.fromEntries(receivedAtMs) }),
  };
}

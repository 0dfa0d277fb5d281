import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type {
  AttemptOutcome,
  Dispatch,
} from "../../lib/destinations/destination.ts";
import {
  createForward,
  type ForwardDeps,
  type ForwardOptions,
} from "../../lib/destinations/forward.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";
import { EchoReceiver, type Received } from "../support/echo_receiver.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { headerOf, NOW_SECONDS, SECRET } from "../support/signed_delivery.ts";

const clock = new FakeClock(NOW_SECONDS * 1000);

/** Makes one attempt. */
async function forward(
  options: Partial<ForwardOptions> & { url: string },
  dispatch: Dispatch = dispatchOf(),
  deps: ForwardDeps = { clock },
): Promise<AttemptOutcome> {
  const destination = await createForward(
    { secret: SECRET, timeoutMs: 60_000, ...options },
    deps,
  );
  try {
    return await destination.attempt(dispatch, NEVER);
  } finally {
    await destination.close();
  }
}

/** What arrives of a dispatch. */
async function arrivalOf(
  dispatch: Dispatch,
  options: Partial<ForwardOptions> = {},
): Promise<Received> {
  await using receiver = new EchoReceiver();
  const outcome = await forward({ url: receiver.url, ...options }, dispatch);
  assert(outcome.ok, JSON.stringify(outcome));
  assertEquals(receiver.received.length, 1);
  return receiver.received[0]!;
}

function answered(
  answer: () => Response,
  dispatch?: Dispatch,
): Promise<AttemptOutcome> {
  const fetch = () => Promise.resolve(answer());
  return forward({ url: "http://inbox.example" }, dispatch, { fetch, clock });
}

Deno.test("forward sends the headers of the contract", async () => {
  const dispatch = dispatchOf({
    attempt: 3,
    contentType: "application/x; a=b",
    delivery: {
      attemptsMade: 2,
      attemptsLeft: 6,
      firstAttemptedAtMs: 1_708_040_897_000,
    },
  });
  const { headers, body, path } = await arrivalOf(dispatch);
  assertEquals(path, "/webhook");
  assertEquals(body, dispatch.body);
  const sent = Object.fromEntries(
    [...headers].filter(([name]) => !/^(accept|host$)/.test(name)),
  );
  assertEquals(sent, {
    "content-length": String(dispatch.body.length),
    "content-type": "application/x; a=b",
    "idempotency-key": "evt_1",
    "persona-inbox-attempt": "3",
    "persona-inbox-event-name": "inquiry.approved",
    "persona-signature": headerOf(dispatch.body),
    "persona-webhook-attempts-made": "2",
    "persona-webhook-attempts-left": "6",
    "persona-webhook-first-attempted-at": "1708040897",
    "user-agent": "persona-inbox",
  });
});

Deno.test("forward adds the headers of the settings", async () => {
  const further = { authorization: "Bearer t0ken", "x-empty": "" };
  const { headers } = await arrivalOf(dispatchOf(), { headers: further });
  assertEquals(headers.get("authorization"), "Bearer t0ken");
  assertEquals(headers.get("x-empty"), "");
  assertEquals(headers.get("idempotency-key"), "evt_1");
});

Deno.test("forward leaves out what there is none of", async () => {
  const dispatch = dispatchOf({ contentType: null });
  const { headers } = await arrivalOf(dispatch, { secret: null });
  assertEquals(headers.get("content-type"), null);
  assertEquals(headers.get("persona-signature"), null);
  assertEquals(headers.get("persona-inbox-stale"), null);
});

Deno.test("forward says stale only of a stale event", async () => {
  const { headers } = await arrivalOf(dispatchOf({ isStale: true }));
  assertEquals(headers.get("persona-inbox-stale"), "true");
});

Deno.test("forward signs each attempt with its own time", async () => {
  await using receiver = new EchoReceiver();
  const own = new FakeClock(NOW_SECONDS * 1000);
  const destination = await createForward(
    { url: receiver.url, secret: SECRET, timeoutMs: 60_000 },
    { clock: own },
  );
  const { body } = dispatchOf();
  for (const wait of [0, 61]) {
    own.advance(wait * 1000);
    await destination.attempt(dispatchOf(), NEVER);
  }
  await destination.close();
  const expected = [0, 61].map((wait) =>
    headerOf(body, { timestamp: NOW_SECONDS + wait })
  );
  assertEquals(
    receiver.received.map(({ headers }) => headers.get("persona-signature")),
    expected,
  );
});

Deno.test("forward encodes what no header can hold", async () => {
  const table = [
    ["evt_1", "evt_1"],
    ["report/watchlist.ready", "report/watchlist.ready"],
    ["a \"sure\", 'yes'", "a \"sure\", 'yes'"],
    ["王", "%E7%8E%8B"],
    ["%E7%8E%8B", "%25E7%258E%258B"],
    ["Zoë", "Zo%C3%AB"],
    ["木 é", "%E6%9C%A8 %C3%A9"],
    ["🗝", "%F0%9F%97%9D"],
    ["a\r\nx-injected: 1", "a%0D%0Ax-injected: 1"],
    ["a\0", "a%00"],
    ["a\x7f\x85", "a%7F%C2%85"],
    [" a", "%20a"],
    ["a ", "a%20"],
    ["\ta", "%09a"],
    ["\ud800", "%EF%BF%BD"],
  ] as const;
  for (const [text, expected] of table) {
    const about = JSON.stringify(text);
    const named = { eventId: text, eventName: text };
    const { headers } = await arrivalOf(dispatchOf(named));
    assertEquals(headers.get("idempotency-key"), expected, about);
    assertEquals(
      headers.get("persona-inbox-event-name"),
      expected,
      about,
    );
    assertEquals(headers.get("x-injected"), null);
    const isWhole = decodeURIComponent(expected) === text.toWellFormed();
    assert(isWhole, `${about} is told from all others`);
  }
});

Deno.test("forward sends the content type as it came", async () => {
  for (const contentType of ["text/x; a=100%", "text/x; a=Zoë"]) {
    const { headers } = await arrivalOf(dispatchOf({ contentType }));
    assertEquals(headers.get("content-type"), contentType);
  }
});

Deno.test("forward tells success by the status", async () => {
  const table: [number, string][] = [
    [200, "ok"],
    [201, "ok"],
    [202, "ok"],
    [204, "ok"],
    [299, "ok"],
    [400, "status"],
    [401, "status"],
    [404, "status"],
    [410, "status"],
    [429, "status"],
    [500, "status"],
    [503, "status"],
    [599, "status"],
    [300, "redirect"],
    [301, "redirect"],
    [302, "redirect"],
    [303, "redirect"],
    [304, "redirect"],
    [307, "redirect"],
    [308, "redirect"],
  ];
  for (const [status, expected] of table) {
    const hasBody = status !== 204 && status !== 304;
    const body = hasBody ? `said ${status}` : null;
    await using receiver = new EchoReceiver(() =>
      new Response(body, { status })
    );
    const { url } = receiver;
    const outcome = await forward({ url });
    assertEquals(outcome.ok ? "ok" : outcome.reason, expected, `${status}`);
    assertEquals(outcome.code, status);
    assertEquals(outcome.output, body ?? "");
    assertEquals(receiver.received.length, 1);
  }
});

Deno.test("forward follows no redirect", async () => {
  await using elsewhere = new EchoReceiver();
  for (const status of [301, 302, 303, 307, 308]) {
    const headers = { location: elsewhere.url, "retry-after": "9" };
    await using receiver = new EchoReceiver(() =>
      new Response("moved", { status, headers })
    );
    assertEquals(await forward({ url: receiver.url }), {
      ok: false,
      reason: "redirect",
      code: status,
      output: "moved",
      retryAfterMs: 9_000,
    });
  }
  assertEquals(elsewhere.received, []);
});

Deno.test("forward heeds retry-after, but not of a success", async () => {
  const date = new Date(clock.nowMs() + 90_000).toUTCString();
  const table: [number, string, number | undefined][] = [
    [503, "7", 7_000],
    [429, date, 90_000],
    [500, "soon", undefined],
    [200, "7", undefined],
  ];
  for (const [status, header, expected] of table) {
    const headers = { "retry-after": header };
    const outcome = await answered(() => new Response("", { status, headers }));
    const found = "retryAfterMs" in outcome ? outcome.retryAfterMs : undefined;
    assertEquals(found, expected, `${status} ${header}`);
  }
});

Deno.test("forward keeps a connection when the answer is short", async () => {
  const ports: (number | undefined)[] = [];
  const big = "x".repeat(40_000);
  // Not Deno.serve(), which on 2.9.1 closes the connection after every body.
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      ports.push(request.socket.remotePort);
      // A length that is not declared, and one that is.
      const isStreamed = ports.length % 2 === 0;
      response.writeHead(500);
      if (isStreamed) response.write(big.slice(1));
      response.end(isStreamed ? "x" : big);
    });
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  const destination = await createForward({
    url: `http://127.0.0.1:${port}`,
    secret: null,
    timeoutMs: 1e5,
  });
  for (let i = 0; i < 20; i++) {
    const outcome = await destination.attempt(dispatchOf(), NEVER);
    assertEquals(outcome.code, 500);
  }
  await destination.close();
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
  assertEquals(ports.length, 20);
  assert(new Set(ports).size < 20, "a connection for each attempt");
});

Deno.test("forward reads no more than 64 KiB and a piece", async () => {
  // What is packed is longer than its declared length.
  const packed = { "content-encoding": "gzip", "content-length": "9" };
  for (const headers of [{}, { "content-length": "65537" }, packed]) {
    let pulled = 0;
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(16 << 10).fill(0x78));
        if (pulled === 100) controller.close();
      },
      cancel() {
        isCancelled = true;
      },
    }, { highWaterMark: 0 });
    const outcome = await answered(() => new Response(body, { headers }));
    assertEquals(outcome, { ok: true, code: 200, output: "x".repeat(4_096) });
    assertEquals(pulled, 5);
    assert(isCancelled);
  }
});

Deno.test("createForward() refuses an empty secret", async () => {
  await assertRejects(
    () => createForward({ url: "http://x", secret: "", timeoutMs: 1 }),
    RangeError,
  );
});

Deno.test("forward never rejects, whatever fetch() does", async () => {
  const odd = [new Error("x"), null, undefined, "x", { message: 1 }];
  for (const thrown of odd) {
    const fetch = () => Promise.reject(thrown);
    const outcome = await forward({ url: "http://x" }, undefined, { fetch });
    assert(!outcome.ok);
    assertEquals(outcome.reason, "broken-off");
    assertEquals(outcome.output, "Error");
  }
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import type {
  AttemptOutcome,
  Dispatch,
} from "../../lib/destinations/destination.ts";
import { createForward } from "../../lib/destinations/forward.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { freePort } from "../support/free_port.ts";
import { SELF_SIGNED } from "../support/self_signed.ts";
import { RawServer } from "../support/raw_server.ts";
import { within } from "../support/within.ts";

const HEAD = "HTTP/1.1 200 OK\n";
/** Long enough for a busy machine to get the head of an answer across. */
const HEAD_MS = 1_500;

interface Setup {
  timeoutMs?: number;
  dispatch?: Dispatch;
}

async function forwardTo(
  url: string,
  { timeoutMs = 60_000, dispatch = dispatchOf() }: Setup = {},
): Promise<AttemptOutcome> {
  const destination = await createForward({ url, secret: null, timeoutMs });
  try {
    const attempt = destination.attempt(dispatch, NEVER);
    return await within(60_000, attempt, () => "an outcome");
  } finally {
    await destination.close();
  }
}

/** `status 500`, `ok 200`, `timeout null`. */
function shortly(outcome: AttemptOutcome): string {
  return `${outcome.ok ? "ok" : outcome.reason} ${outcome.code}`;
}

Deno.test("forward tells what a broken answer is", async () => {
  const table: [about: string, answer: string, expected: string][] = [
    ["nothing", "", "broken-off null"],
    ["garbage", "garbage\n\n", "broken-off null"],
    ["binary", "\0\u0001\u0002", "broken-off null"],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\n", "broken-off null"],
    ["half a status line", "HTTP/1.1 20", "broken-off null"],
    ["half a head", `${HEAD}x: y\n`, "broken-off null"],
    ["an impossible status", "HTTP/1.1 000 X\n\n", "broken-off null"],
    ["a huge head", HEAD + "x: y\n".repeat(50_000), "broken-off null"],
    [
      "two lengths",
      `${HEAD}content-length: 1\ncontent-length: 2\n\nab`,
      "broken-off null",
    ],
    ["half a body", `${HEAD}content-length: 9\n\nabc`, "ok 200"],
    [
      "half of a large body",
      `${HEAD}content-length: 99999999\n\nabc`,
      "ok 200",
    ],
    [
      "a broken chunk",
      `${HEAD}transfer-encoding: chunked\n\nzz\nabc`,
      "ok 200",
    ],
    [
      "no last chunk",
      `${HEAD}transfer-encoding: chunked\n\n3\nabc\n`,
      "ok 200",
    ],
    [
      "no gzip",
      `${HEAD}content-encoding: gzip\ncontent-length: 3\n\nabc`,
      "ok 200",
    ],
    ["an empty gzip", `${HEAD}content-encoding: gzip\n\n`, "ok 200"],
    [
      "an empty br",
      `${HEAD}content-encoding: br\ncontent-length: 0\n\n`,
      "ok 200",
    ],
    [
      "no content that is encoded",
      "HTTP/1.1 204 X\ncontent-encoding: gzip\n\n",
      "ok 204",
    ],
    ["an unknown encoding", `${HEAD}content-encoding: lzma\n\nabc`, "ok 200"],
    [
      "half a gzip",
      `${HEAD}content-encoding: gzip\ncontent-length: 10\n\n\x1f\x0b`,
      "ok 200",
    ],
    [
      "no gzip of a failure",
      "HTTP/1.1 500 X\ncontent-encoding: gzip\n\nabc",
      "status 500",
    ],
    [
      "half a body of a failure",
      "HTTP/1.1 500 X\ncontent-length: 9\n\nabc",
      "status 500",
    ],
    ["no length, no chunks", `${HEAD}\nabc`, "ok 200"],
    ["100, then 200", `HTTP/1.1 100 Continue\n\n${HEAD}\n`, "ok 200"],
    [
      "103, then 200",
      `HTTP/1.1 103 X\nlink: <x>\n\n${HEAD}content-length: 1\n\na`,
      "ok 200",
    ],
    ["101", "HTTP/1.1 101 X\nupgrade: x\n\n", "status 101"],
    ["only 100", "HTTP/1.1 100 Continue\n\n", "broken-off null"],
    ["a status of its own", "HTTP/1.1 999 X\n\n", "status 999"],
  ];
  for (const [about, answer, expected] of table) {
    await using server = new RawServer(async (exchange) => {
      await exchange.send(answer);
      exchange.close();
    });
    const outcome = await forwardTo(server.url);
    assertEquals(shortly(outcome), expected, about);
    assert(!outcome.output.includes("127.0.0.1"), outcome.output);
  }
});

Deno.test("forward says in the system's words why a connection broke", async () => {
  const url = "http://127.0.0.1:1/secret";
  const texts: [text: string, output: string][] = [
    ["Connection reset by peer (os error 104)", "$&"],
    [`${url}: Broken pipe (os error 32)`, "TypeError"],
  ];
  for (const [text, output] of texts) {
    const fetch = () =>
      Promise.reject(new TypeError("fetch failed", { cause: new Error(text) }));
    const options = { url, secret: null, timeoutMs: 60_000 };
    const destination = await createForward(options, { fetch });
    const outcome = await destination.attempt(dispatchOf(), NEVER);
    await destination.close();
    assertEquals(shortly(outcome), "broken-off null");
    assertEquals(outcome.output, output.replace("$&", () => text));
  }
});

Deno.test("forward keeps what came of a body that breaks off", async () => {
  await using server = new RawServer(async (exchange) => {
    await exchange.send(`${HEAD}transfer-encoding: chunked\n\n3\nabc\n`);
    exchange.close();
  });
  assertEquals(await forwardTo(server.url), {
    ok: true,
    code: 200,
    output: "abc",
  });
});

Deno.test("forward ends a request that hangs, and its connection", async () => {
  const chunked = `${HEAD}transfer-encoding: chunked\n\n`;
  const table: [about: string, answer: string, expected: string][] = [
    ["before the head", "", "timeout null"],
    ["in the status line", "HTTP/1.1 2", "timeout null"],
    ["in a header", `${HEAD}content-le`, "timeout null"],
    ["after 100", "HTTP/1.1 100 Continue\n\n", "timeout null"],
    ["before the body", `${HEAD}content-length: 9\n\n`, "ok 200"],
    ["in the body", `${HEAD}content-length: 9\n\nabc`, "ok 200"],
    ["in a chunk", `${chunked}9\nabc`, "ok 200"],
    ["after the chunks", `${chunked}3\nabc\n`, "ok 200"],
    [
      "in the body of a failure",
      "HTTP/1.1 503 X\ncontent-length: 9\n\nabc",
      "status 503",
    ],
  ];
  for (const [about, answer, expected] of table) {
    const ended = Promise.withResolvers<void>();
    await using server = new RawServer(async (exchange) => {
      await exchange.send(answer);
      await exchange.ended();
      ended.resolve();
    });
    const outcome = await forwardTo(server.url, { timeoutMs: HEAD_MS });
    assertEquals(shortly(outcome), expected, about);
    await within(60_000, ended.promise, () => `the connection: ${about}`);
  }
});

Deno.test("forward ends what comes in drops, and for ever", async () => {
  const drops: [begin: string, drop: string, expected: string][] = [
    ["", "HTTP/1.1 100 Continue\n\n", "timeout null"],
    [HEAD, "x: y\n", "timeout null"],
    [`${HEAD}\n`, "x", "ok 200"],
    [`${HEAD}transfer-encoding: chunked\n\n`, "1\nx\n", "ok 200"],
  ];
  for (const [begin, drop, expected] of drops) {
    await using server = new RawServer(async (exchange) => {
      await exchange.send(begin);
      for (;;) {
        await exchange.send(drop);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    const outcome = await forwardTo(server.url, { timeoutMs: HEAD_MS });
    assertEquals(shortly(outcome), expected, begin);
  }
});

Deno.test("forward takes a success whose body is endless", async () => {
  const chunk = `4000\n${"x".repeat(0x4000)}\n`;
  await using server = new RawServer(async (exchange) => {
    await exchange.send(`${HEAD}transfer-encoding: chunked\n\n`);
    for (;;) await exchange.send(chunk);
  });
  const outcome = await forwardTo(server.url);
  assertEquals(outcome, { ok: true, code: 200, output: "x".repeat(4_096) });
});

Deno.test("forward takes an answer that comes before the body is read", async () => {
  const dispatch = dispatchOf({ body: new Uint8Array(8 << 20) });
  for (const [status, expected] of [[200, "ok 200"], [413, "status 413"]]) {
    await using server = new RawServer(async (exchange) => {
      await exchange.send(`HTTP/1.1 ${status} X\ncontent-length: 2\n\nno`);
      await exchange.ended();
    }, { readsBody: false });
    const outcome = await forwardTo(server.url, { dispatch });
    assertEquals(shortly(outcome), expected);
    assertEquals(outcome.output, "no");
  }
});

Deno.test("forward bears a server that answers and hangs up unread", async () => {
  const dispatch = dispatchOf({ body: new Uint8Array(8 << 20) });
  await using server = new RawServer(async (exchange) => {
    await exchange.send("HTTP/1.1 413 X\ncontent-length: 2\n\nno");
    exchange.close();
  }, { readsBody: false });
  const outcome = await forwardTo(server.url, { dispatch });
  // The reset may overtake the answer.
  assertMatch(shortly(outcome), /^(status 413|broken-off null)$/);
});

Deno.test("forward ends a request whose body nobody reads", async () => {
  const dispatch = dispatchOf({ body: new Uint8Array(32 << 20) });
  const done = Promise.withResolvers<void>();
  const hang = () => done.promise;
  await using server = new RawServer(hang, { readsBody: false });
  const outcome = await forwardTo(server.url, { dispatch, timeoutMs: 200 });
  assertEquals(shortly(outcome), "timeout null");
  done.resolve();
});

Deno.test("forward tells that nobody answers, and not where", async () => {
  const port = freePort();
  await using plain = new EchoReceiver();
  await using secure = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, ...SELF_SIGNED },
    () => new Response(),
  );
  const table = [
    [
      `http://u:pw@127.0.0.1:${port}/(Connect)?token=t0k`,
      "unreachable",
      /refused/,
    ],
    [`https://127.0.0.1:${plain.port}/?token=t0k`, "untrusted", /./],
    [
      `https://localhost:${secure.addr.port}/?token=t0k`,
      "untrusted",
      /certificate/,
    ],
    ["http://no-such-host.invalid/?token=t0k", "unresolved", /lookup/],
    ["http://127.0.0.1:1/?token=t0k", "unreachable", /refused|blocked/],
  ] as const;
  for (const [url, reason, output] of table) {
    const outcome = await forwardTo(url);
    assertEquals(shortly(outcome), `${reason} null`, url);
    assertMatch(outcome.output, output);
    assert(!/t0k|pw|127/.test(outcome.output), outcome.output);
  }
});

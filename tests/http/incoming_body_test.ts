import { assert, assertEquals } from "@std/assert";
import { BodyBudget } from "../../lib/http/body_budget.ts";
import { IncomingBody } from "../../lib/http/incoming_body.ts";
import { streamOf } from "../support/receiver.ts";
import { bytesOf } from "../support/signed_delivery.ts";

const BYTES_MAX = 10;

type Body = ReadableStream<Uint8Array<ArrayBuffer>> | string | null;

const budgetOf = (bodyBytesMax = BYTES_MAX) => new BodyBudget({ bodyBytesMax });

function bodyOf(
  body: Body,
  { headers = {}, budget = budgetOf() }: {
    headers?: HeadersInit;
    budget?: BodyBudget;
  } = {},
) {
  const init = { method: "POST", body, headers };
  const request = new Request("http://inbox.example/", init);
  return new IncomingBody(request, budget);
}

async function read(body: Body, headers: HeadersInit = {}) {
  const budget = budgetOf();
  const incoming = bodyOf(body, { headers, budget });
  const result = await incoming.read();
  incoming.release();
  assert(budget.isIdle);
  return result.ok ? new TextDecoder().decode(result.body) : result.reason;
}

function chunks(...texts: string[]) {
  return streamOf(texts.map(bytesOf));
}

Deno.test("IncomingBody reads up to the limit", async () => {
  for (const text of ["", "a", "é".repeat(5), "x".repeat(BYTES_MAX)]) {
    const length = String(bytesOf(text).length);
    assertEquals(await read(text), text);
    assertEquals(await read(chunks(text)), text);
    assertEquals(await read(text, { "content-length": length }), text);
  }
  assertEquals(await read(null), "");
});

Deno.test("IncomingBody joins pieces, including empty ones", async () => {
  assertEquals(await read(chunks("", "ab", "", "c", "")), "abc");
  const [first, second] = [bytesOf("é").slice(0, 1), bytesOf("é").slice(1)];
  assertEquals(await read(streamOf([first!, second!])), "é");
});

Deno.test("IncomingBody refuses a byte more than the limit", async () => {
  const tooMuch = "x".repeat(BYTES_MAX + 1);
  assertEquals(await read(tooMuch), "body-too-large");
  assertEquals(await read(chunks(tooMuch)), "body-too-large");
  assertEquals(
    await read(chunks("x".repeat(BYTES_MAX), "x")),
    "body-too-large",
  );
});

Deno.test("IncomingBody counts bytes without a usable content-length", async () => {
  const tooMuch = "x".repeat(BYTES_MAX + 1);
  for (
    const headers of [
      { "content-length": "-1" },
      { "content-length": "1e1" },
      { "content-length": "5, 5" },
      { "content-length": "0x5" },
      { "content-length": "" },
      { "content-length": "9".repeat(16) },
      { "content-length": "5", "transfer-encoding": "chunked" },
    ]
  ) {
    const about = JSON.stringify(headers);
    assertEquals(await read(chunks(tooMuch), headers), "body-too-large", about);
    assertEquals(await read(chunks("abc"), headers), "abc", about);
  }
});

Deno.test("IncomingBody reads no further than the limit", async () => {
  let pulled = 0;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      pulled++;
      controller.enqueue(bytesOf("x".repeat(BYTES_MAX)));
    },
    cancel() {
      isCancelled = true;
    },
  }, { highWaterMark: 0 });
  assertEquals(await read(body), "body-too-large");
  assertEquals(pulled, 2);
  assert(isCancelled);
});

Deno.test("IncomingBody reports an incomplete body", async () => {
  for (const headers of [{}, { "content-length": "5" }]) {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        controller.error(new Error("gone"));
      },
    });
    assertEquals(await read(body, headers as HeadersInit), "body-broken-off");
  }
});

Deno.test("IncomingBody reads nothing of a body declared too large", async () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull() {
      pulled++;
    },
  }, { highWaterMark: 0 });
  const headers = { "content-length": String(BYTES_MAX + 1) };
  assertEquals(await read(body, headers), "body-too-large");
  assertEquals(pulled, 0);
});

Deno.test("IncomingBody ends for good when it is cancelled", async () => {
  for (const end of ["cancel", "evict"] as const) {
    const cancelled = Promise.withResolvers<void>();
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(bytesOf("ab")),
      cancel: () => cancelled.resolve(),
    });
    const incoming = bodyOf(stream);
    const result = incoming.read();
    await new Promise((resolve) => setTimeout(resolve));
    incoming[end]();
    await cancelled.promise;
    const reason = end === "evict" ? "overloaded" : "body-too-slow";
    assertEquals(await result, { ok: false, reason });
    incoming.release();
  }
});

Deno.test("IncomingBody makes room for a later body after a long time", async () => {
  let nowMs = 0;
  const budget = new BodyBudget({
    bodyBytesMax: BYTES_MAX,
    bytesMax: 2 * BYTES_MAX * 4 / 3,
    nowMs: () => nowMs,
  });
  const stalled = () => {
    const stream = streamOf([bytesOf("a")], { isEndless: true });
    return bodyOf(stream, { budget });
  };
  const [first, second] = [stalled(), stalled()];
  const results = [first.read(), second.read()];
  const early = bodyOf(chunks("whole"), { budget });
  assertEquals(await early.read(), { ok: false, reason: "overloaded" });
  nowMs = 2_000;
  const late = bodyOf(chunks("whole"), { budget });
  const whole = await late.read();
  assert(whole.ok);
  assertEquals(await results[0], { ok: false, reason: "overloaded" });
  second.cancel();
  assertEquals(await results[1], { ok: false, reason: "body-too-slow" });
  for (const incoming of [first, second, early, late]) incoming.release();
  assert(budget.isIdle);
  assertEquals(whole.body, bytesOf("whole"));
});

Deno.test("IncomingBody ends a trickling body", async () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(1));
    },
  }, { highWaterMark: 0 });
  const incoming = bodyOf(body, { budget: budgetOf(1 << 20) });
  assertEquals(await incoming.read(), { ok: false, reason: "body-too-slow" });
  assertEquals(pulled, 65);
  incoming.release();
});

Deno.test("IncomingBody reads any number of larger pieces", async () => {
  const pieces = Array<Uint8Array<ArrayBuffer>>(3_000).fill(
    new Uint8Array(256),
  );
  const incoming = bodyOf(streamOf(pieces), { budget: budgetOf(1 << 20) });
  const result = await incoming.read();
  assert(result.ok && result.body.length === 3_000 * 256);
  incoming.release();
});

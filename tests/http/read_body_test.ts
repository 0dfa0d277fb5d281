import { assert, assertEquals } from "@std/assert";
import { readBody } from "../../lib/http/read_body.ts";
import { streamOf } from "../support/receiver.ts";
import { bytesOf } from "../support/signed_delivery.ts";

const BYTES_MAX = 10;

type Body = ReadableStream<Uint8Array<ArrayBuffer>> | string | null;

async function read(body: Body, headers: HeadersInit = {}) {
  const request = new Request("http://inbox.example/", {
    method: "POST",
    body,
    headers,
  });
  const result = await readBody(request, BYTES_MAX);
  return result.ok ? new TextDecoder().decode(result.body) : result.reason;
}

function chunks(...texts: string[]) {
  return streamOf(texts.map(bytesOf));
}

Deno.test("readBody() reads up to the limit", async () => {
  for (const text of ["", "a", "é".repeat(5), "x".repeat(BYTES_MAX)]) {
    const length = String(bytesOf(text).length);
    assertEquals(await read(text), text);
    assertEquals(await read(chunks(text)), text);
    assertEquals(await read(text, { "content-length": length }), text);
  }
  assertEquals(await read(null), "");
});

Deno.test("readBody() joins pieces, empty ones too", async () => {
  assertEquals(await read(chunks("", "ab", "", "c", "")), "abc");
  const [first, second] = [bytesOf("é").slice(0, 1), bytesOf("é").slice(1)];
  assertEquals(await read(streamOf([first!, second!])), "é");
});

Deno.test("readBody() refuses a byte more than the limit", async () => {
  const tooMuch = "x".repeat(BYTES_MAX + 1);
  assertEquals(await read(tooMuch), "body-too-large");
  assertEquals(await read(chunks(tooMuch)), "body-too-large");
  assertEquals(
    await read(chunks("x".repeat(BYTES_MAX), "x")),
    "body-too-large",
  );
});

Deno.test("readBody() believes a content-length that is too large", async () => {
  const headers = { "content-length": String(BYTES_MAX + 1) };
  let pulled = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull() {
      pulled++;
    },
  }, { highWaterMark: 0 });
  assertEquals(await read(body, headers), "body-too-large");
  assertEquals(pulled, 0);
});

Deno.test("readBody() counts where content-length is no help", async () => {
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

Deno.test("readBody() reads no further than the limit", async () => {
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

Deno.test("readBody() tells of a body that breaks off", async () => {
  for (const headers of [{}, { "content-length": "5" }]) {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        controller.error(new Error("gone"));
      },
    });
    assertEquals(await read(body, headers as HeadersInit), "body-broken-off");
  }
});

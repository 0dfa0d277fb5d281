/**
 * What `Deno.serve` gets wrong and nothing here can help: the README tells which proxy
 * settings avoid it. When one of these fails, Deno has fixed it: take it away, and its
 * line in the README.
 */

import { assert, assertEquals } from "@std/assert";
import { RawRequest } from "../support/raw_request.ts";

const POST = "POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n";

/** The answer to a request, by a server that takes a moment to give it. */
async function answerTo(
  text: string,
  { endsSending = false } = {},
): Promise<string> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      await request.bytes();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return Response.json({ success: true });
    },
  );
  try {
    using request = await RawRequest.begin(server.addr.port, text);
    if (endsSending) await request.endSending();
    return await request.answer();
  } finally {
    await server.shutdown();
  }
}

Deno.test("Deno.serve answers a POST", async () => {
  assert((await answerTo(`${POST}\r\nhello`)).startsWith("HTTP/1.1 200"));
});

Deno.test("Deno.serve answers a POST that offers HTTP/2 with an empty 400", async () => {
  const upgrade = "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n" +
    "http2-settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nconnection: close\r\n";
  const answer = await answerTo(`${POST}${upgrade}\r\nhello`);
  assert(answer.startsWith("HTTP/1.1 400"), answer);
  assert(answer.includes("content-length: 0"), answer);
});

Deno.test("Deno.serve does not answer who ends sending after the request", async () => {
  const answer = await answerTo(`${POST}\r\nhello`, { endsSending: true });
  assertEquals(answer, "");
});

import { assertEquals } from "@std/assert";
import { certificateEndMs } from "../../lib/app/certificate_end.ts";
import { SELF_SIGNED } from "../support/self_signed.ts";

Deno.test("certificateEndMs() finds the end of a certificate, whoever signed it", async () => {
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  await using server = Deno.serve(
    { ...options, ...SELF_SIGNED },
    () => new Response(),
  );
  const url = new URL(`https://127.0.0.1:${server.addr.port}/`);
  const endMs = await certificateEndMs(url);
  assertEquals(endMs, Date.UTC(2126, 10, 1, 17, 25, 29));
});

Deno.test("certificateEndMs() knows nothing of who does not answer, or without TLS", async () => {
  const listener = Deno.listen({ port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const closing = (async () => {
    for await (const connection of listener) connection.close();
  })();
  assertEquals(
    await certificateEndMs(new URL(`https://127.0.0.1:${port}/`)),
    null,
  );
  listener.close();
  await closing;
  assertEquals(
    await certificateEndMs(new URL(`https://127.0.0.1:${port}/`)),
    null,
  );
});

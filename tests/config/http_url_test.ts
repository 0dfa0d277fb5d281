import { assert, assertEquals, assertRejects } from "@std/assert";
import { BLOCKED_PORTS } from "../../lib/config/blocked_ports.ts";
import { HTTP_URL } from "../../lib/config/http_url.ts";

Deno.test("HTTP_URL refuses exactly the ports that fetch() does, and names them", async () => {
  assert(BLOCKED_PORTS.size > 80);
  for (const port of BLOCKED_PORTS) {
    const url = `http://127.0.0.1:${port}/hook`;
    await assertRejects(
      () => fetch(url),
      TypeError,
      `port ${port} are blocked`,
    );
    assertEquals(HTTP_URL.parse(url), undefined);
    assertEquals(
      HTTP_URL.likelyCause(url),
      `Port ${port} is one that no HTTP client of the Fetch standard connects to: let the server listen on another`,
    );
  }
});

Deno.test("HTTP_URL takes every other port, and a loopback address without a scheme", () => {
  const table: [text: string, url: string][] = [
    ["http://a.example", "http://a.example/"],
    ["https://a.example:443/x", "https://a.example/x"],
    ["http://a.example:8080", "http://a.example:8080/"],
    ["http://a.example:6001/", "http://a.example:6001/"],
    ["localhost:8080/x", "http://localhost:8080/x"],
  ];
  for (const [text, url] of table) assertEquals(HTTP_URL.parse(text), url);
});

import { assertEquals } from "@std/assert";
import { clientAddress } from "../../lib/http/client_address.ts";

Deno.test("clientAddress() trusts as many hops as there are proxies", () => {
  const table = [
    [null, 0, "remote"],
    [null, 1, "remote"],
    ["a", 0, "remote"],
    ["a, b, c", 0, "remote"],
    ["a", 1, "a"],
    ["a, b, c", 1, "c"],
    ["a, b, c", 2, "b"],
    ["a, b, c", 3, "a"],
    ["a, b, c", 4, "remote"],
    ["a", 2, "remote"],
    ["a,b", 1, "b"],
    [" a ,\tb ", 1, "b"],
    ["2001:db8::1, ::1", 2, "2001:db8::1"],
    ["", 1, ""],
    ["a,", 1, ""],
    ["a,,b", 2, ""],
    ["10.0.0.1:1234", 1, "10.0.0.1"],
    ['"10.0.0.1"', 1, "10.0.0.1"],
    ['"10.0.0.1:1234"', 1, "10.0.0.1"],
    ["[2001:db8::1]", 1, "2001:db8::1"],
    ["[2001:db8::1]:5555", 1, "2001:db8::1"],
    ['"[2001:DB8::1]:5555"', 1, "2001:DB8::1"],
    ["[::ffff:192.0.2.1]:1", 1, "::ffff:192.0.2.1"],
    ["10.0.0.1:1234, 10.0.0.2:80", 2, "10.0.0.1"],
    // What is neither is left alone, and so refused as no address.
    ["2001:db8::1:5555", 1, "2001:db8::1:5555"],
    ["10.0.0.1:", 1, "10.0.0.1:"],
    ["10.0.0.1:123456", 1, "10.0.0.1:123456"],
    ["10.0.0.1:1:2", 1, "10.0.0.1:1:2"],
    ['"10.0.0.1', 1, '"10.0.0.1'],
    ["[evil.example]:1", 1, "[evil.example]:1"],
    ["evil.example:1", 1, "evil.example:1"],
  ] as const;
  for (const [header, proxies, expected] of table) {
    assertEquals(
      clientAddress("remote", header, proxies),
      expected,
      `${header} behind ${proxies}`,
    );
  }
});

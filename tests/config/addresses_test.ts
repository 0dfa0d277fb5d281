import { assertEquals, assertThrows } from "@std/assert";
import { addressCheck } from "../../lib/config/addresses.ts";

Deno.test("addressCheck() finds addresses and ranges", () => {
  const table = [
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.10", false],
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.77/24", "192.0.2.1", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["192.0.2.4/30", "192.0.2.7", true],
    ["192.0.2.4/30", "192.0.2.8", false],
    ["192.0.2.1/32", "192.0.2.1", true],
    ["192.0.2.1/32", "192.0.2.2", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["2001:db8::1", "2001:db8::1", true],
    ["2001:DB8:0::1", "2001:db8::1", true],
    ["2001:db8::/32", "2001:db8:ffff::", true],
    ["2001:db8::/32", "2001:db9::", false],
    ["::1/128", "::1", true],
    ["::/0", "2001:db8::1", true],
  ] as const;
  for (const [entry, address, expected] of table) {
    const about = `${address} in ${entry}`;
    assertEquals(addressCheck([entry])(address), expected, about);
  }
});

Deno.test("addressCheck() knows IPv4 addresses written as IPv6", () => {
  const isAllowed = addressCheck(["192.0.2.0/24"]);
  for (const address of ["::ffff:192.0.2.1", "::FFFF:192.0.2.1"]) {
    assertEquals(isAllowed(address), true, address);
  }
  assertEquals(isAllowed("::ffff:192.0.3.1"), false);
  assertEquals(isAllowed("::192.0.2.1"), false);
  assertEquals(addressCheck(["::ffff:192.0.2.1"])("192.0.2.1"), true);
});

Deno.test("addressCheck() finds what is no address in no list", () => {
  const isAllowed = addressCheck(["0.0.0.0/0", "::/0"]);
  for (
    const address of [
      ...["", " ", "localhost", "192.0.2", "192.0.2.256", "192.0.2.1:80"],
      ...[" 192.0.2.1", "192.0.2.1/32", "[::1]", "0300.0.2.1", "0xc0.0.2.1"],
      ...["3221225985", "1.2.3.4\n", "::ffff:", "::ffff:1.2.3", "unknown"],
    ]
  ) assertEquals(isAllowed(address), false, JSON.stringify(address));
});

Deno.test("addressCheck() with nothing in the list finds nothing", () => {
  assertEquals(addressCheck([])("192.0.2.1"), false);
});

Deno.test("addressCheck() refuses entries that are neither address nor range", () => {
  for (
    const entry of [
      ...["", "persona.com", "192.0.2", "192.0.2.0/", "192.0.2.0/33", "/24"],
      ...["192.0.2.0/-1", "192.0.2.0/1e1", "192.0.2.0/24/24", "192.0.2.0/ 8"],
      ...["2001:db8::/129", "192.0.2.1-9", "192.0.2.*", "192.0.2.0/x"],
      ...["fe80::1%eth0", "fe80::1%eth0/64"],
    ]
  ) {
    assertThrows(
      () => addressCheck(["192.0.2.1", entry]),
      RangeError,
      "Not an address or CIDR range",
      entry,
    );
  }
});

import { assertEquals } from "@std/assert";
import {
  readReceivedHeaders,
  writeReceivedHeaders,
} from "../../lib/persona/received_headers.ts";

Deno.test("writeReceivedHeaders() keeps the values of Persona's headers, and of others the names", () => {
  const text = writeReceivedHeaders(
    new Headers({
      "Authorization": "Bearer secret",
      "Content-Type": "application/json",
      "Cookie": "a=b",
      "Persona-Signature": `t=1,v1=${"a".repeat(64)} t=2,v1=${"b".repeat(64)}`,
      "Persona-Webhook-Attempts-Made": "3",
      "User-Agent": "Persona/1",
      "X-Forwarded-For": "192.0.2.1",
    }),
  );
  assertEquals(readReceivedHeaders(text), [
    ["authorization", null],
    ["content-type", "application/json"],
    ["cookie", null],
    ["persona-signature", "t=1,v1=aaaaaaaa… t=2,v1=bbbbbbbb…"],
    ["persona-webhook-attempts-made", "3"],
    ["user-agent", "Persona/1"],
    ["x-forwarded-for", null],
  ]);
  assertEquals(readReceivedHeaders(null), null);
});

Deno.test("writeReceivedHeaders() keeps no more than a page has room for", () => {
  const headers = new Headers({ "user-agent": "u".repeat(10_000) });
  for (let i = 0; i < 200; i++) headers.set(`x-${i}-${"n".repeat(1_000)}`, "v");
  const list = readReceivedHeaders(writeReceivedHeaders(headers)) ?? [];
  assertEquals(list.length, 64);
  assertEquals(list.every(([name]) => name.length <= 256), true);
});

Deno.test("writeReceivedHeaders() writes JSON, whatever values hold, again and again", () => {
  const odd = [
    '"',
    "\\",
    '\\"',
    "\u0000\n\u001f",
    "é\u2028",
    "\ud800",
    "]",
    "a,b",
    "",
  ];
  const headers = odd.flatMap((text, i): [string, string][] => [
    [`x-"${i}`, text],
    [`persona-"${i}`, text],
  ]);
  const expected = headers.map(([name, value]) => [
    name,
    name.startsWith("x-") ? null : value,
  ]);
  for (let times = 0; times < 3; times++) {
    assertEquals(JSON.parse(writeReceivedHeaders(headers)), expected);
  }
  assertEquals(writeReceivedHeaders([]), "[]");
});

Deno.test("writeReceivedHeaders() tells names apart after more of them than it remembers", () => {
  for (let i = 0; i < 600; i++) {
    const headers = [[`x-many-${i}`, "a"], [`persona-many-${i}`, "b"]] as const;
    const text = writeReceivedHeaders(headers);
    assertEquals(JSON.parse(text), [[`x-many-${i}`, null], [
      `persona-many-${i}`,
      "b",
    ]]);
  }
});

Deno.test("readReceivedHeaders() knows none where something else stands", () => {
  for (const text of ["", "{", "{}", "7", '["a"]', '[["a"]]', '[["a",7]]']) {
    assertEquals(readReceivedHeaders(text), null, text);
  }
});

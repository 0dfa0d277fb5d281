import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type JsonNode,
  memberOf,
  parseJsonNodes,
} from "../../lib/web/json_nodes.js";

/** Puts a tree together again, without white space. */
function written(text: string, node: JsonNode): string {
  const members = node.members.map(({ key, node }) =>
    (key === null ? "" : `${key}:`) + written(text, node)
  );
  if (node.kind === "object") return `{${members.join(",")}}`;
  if (node.kind === "array") return `[${members.join(",")}]`;
  return text.slice(node.start, node.end);
}

Deno.test("parseJsonNodes() keeps every token as it is written", () => {
  const cases = [
    "1",
    "-0.10e+05",
    "12345678901234567890",
    "1.0",
    '"D\\u00f6e \\/ \\"x\\\\"',
    '""',
    "true",
    "false",
    "null",
    "{}",
    "[]",
    "[[],{},[{}]]",
    '{"a":1,"a":2,"":[1.0,"é",{"b":null}]}',
  ];
  for (const text of cases) {
    assertEquals(written(text, parseJsonNodes(text)), text);
  }
});

Deno.test("parseJsonNodes() passes over white space", () => {
  const text = ' \n{ "a" :\t[ 1 ,\r\n 2 ] , "b" : { } } \n';
  const node = parseJsonNodes(text);
  assertEquals(written(text, node), '{"a":[1,2],"b":{}}');
  assertEquals(text.slice(node.start, node.end), text.trim());
});

Deno.test("parseJsonNodes() refuses what JSON.parse() refuses", () => {
  const cases = [
    "",
    " ",
    "{",
    "[1",
    "[1,]",
    "[,1]",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "{a:1}",
    "[1}",
    "1 2",
    "01",
    "1.",
    ".5",
    "+1",
    "1e",
    "nul",
    "NaN",
    "'a'",
    '"a',
    '"\\x"',
    '"\\u12g4"',
    '"a\nb"',
    "]",
    "[1]]",
  ];
  for (const text of cases) {
    assertThrows(() => JSON.parse(text), SyntaxError);
    assertThrows(() => parseJsonNodes(text), SyntaxError, "character", text);
  }
});

Deno.test("parseJsonNodes() reads long strings and deep nesting", () => {
  const long = JSON.stringify("é\\".repeat(500_000));
  assertEquals(parseJsonNodes(long).end, long.length);
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  assertEquals(parseJsonNodes(deep).end, deep.length);
  assertThrows(() => parseJsonNodes(deep.slice(0, -1)), SyntaxError);
});

Deno.test("memberOf() finds the value of a member", () => {
  const text = '{"a":1,"body":{"a":2}}';
  const body = memberOf(parseJsonNodes(text), "body");
  assert(body);
  assertEquals(text.slice(body.start, body.end), '{"a":2}');
  assertEquals(memberOf(body, "body"), undefined);
});

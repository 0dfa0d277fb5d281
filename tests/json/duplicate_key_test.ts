import { assertEquals } from "@std/assert";
import { duplicateKeys } from "../../lib/json/duplicate_key.ts";

Deno.test("duplicateKeys() finds each key that its object has twice", () => {
  const table: [text: string, found: [key: string, line: number][]][] = [
    ['{"a":1,"b":{"a":2},"c":[{"a":3}]}', []],
    ['{"a":1,\n"a":2,\n"a":3}', [["a", 2], ["a", 3]]],
    ['{"x":[1,[],{},{"b":1, "\\u0062":2}]}', [["b", 1]]],
    ['[{"a":{"c":1,\n "c":{"d":1,"d":2}}}]', [["c", 2], ["d", 2]]],
    ['{"__proto__":1,"__proto__":2}', [["__proto__", 1]]],
    ['"a"', []],
    ["[]", []],
    [" 1 ", []],
  ];
  for (const [text, expected] of table) {
    JSON.parse(text);
    const found = duplicateKeys(text).map(({ key, line }) => [key, line]);
    assertEquals(found, expected, text);
  }
});

Deno.test("duplicateKeys() takes any depth", () => {
  const text = `${"[".repeat(1e5)}{"a":1,"a":2}${"]".repeat(1e5)}`;
  assertEquals(duplicateKeys(text), []);
});

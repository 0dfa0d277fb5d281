import { assertEquals } from "@std/assert";
import { diffJson } from "../../lib/web/diff_json.js";
import { parseJsonNodes } from "../../lib/web/json_nodes.js";

function diff(before: string, after: string): string[] {
  const source = (text: string) => ({ text, node: parseJsonNodes(text) });
  return diffJson(source(before), source(after)).map((one) =>
    `${one.path}: ${one.before} → ${one.after}`
  );
}

Deno.test("diffJson() lists what was changed, added and removed, by path", () => {
  const table: [before: string, after: string, ...differences: string[]][] = [
    ["{}", "{ }"],
    ['{"a":1,"b":{"c":[true]}}', '{"b": {"c": [true]}, "a": 1}'],
    ['{"a":1}', '{"a":2}', "a: 1 → 2"],
    ['{"a":1}', '{"a":1.0}', "a: 1 → 1.0"],
    [
      '{"n":12345678901234567890}',
      '{"n":12345678901234567891}',
      "n: 12345678901234567890 → 12345678901234567891",
    ],
    ['{"a":{"b":1,"c":2}}', '{"a":{"b":1}}', "a.c: 2 → null"],
    ['{"a":[1]}', '{"a":[1,2]}', "a[1]: null → 2"],
    ['{"a":[]}', '{"a":{}}', "a: [] → {}"],
    [
      '{"a":[{"id":"x","v":1},{"id":"y"}]}',
      '{"a":[{"id":"y"},{"id":"x","v":2}]}',
      "a[x].v: 1 → 2",
    ],
    ['{"a":1,"a":2}', '{"a":1,"a":3}', "a#1: 2 → 3"],
    ['{"x":null}', "{}", "x: null → null"],
  ];
  for (const [before, after, ...differences] of table) {
    assertEquals(diff(before, after), differences, `${before} ${after}`);
  }
});

Deno.test("diffJson() compares what is nested too deeply as text", () => {
  const nested = (value: number) =>
    `${"[".repeat(20_000)}${value}${"]".repeat(20_000)}`;
  assertEquals(diff(nested(1), nested(1)), []);
  assertEquals(diff(nested(1), nested(2)).length, 1);
});

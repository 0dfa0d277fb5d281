import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { JsonValue } from "../../lib/json/json.ts";
import { setAtPath } from "../../lib/json/set_at_path.ts";

/** The text of `value` after 9 was set at `path`, or null if that leads nowhere. */
function after(text: string, path: string, value: JsonValue = 9) {
  const target: JsonValue = JSON.parse(text);
  const done = setAtPath(target, path.split("."), value);
  const changed = JSON.stringify(target);
  if (!done) assertEquals(changed, text, "changed although it leads nowhere");
  return done ? changed : null;
}

Deno.test("setAtPath() sets what is there and creates what is not", () => {
  const table = [
    ["{}", "a", '{"a":9}'],
    ['{"a":1,"b":2}', "a", '{"a":9,"b":2}'],
    ['{"a":{"b":1}}', "a.b", '{"a":{"b":9}}'],
    ['{"a":{"b":1}}', "a", '{"a":9}'],
    ["{}", "a.b.c", '{"a":{"b":{"c":9}}}'],
    ["{}", "", '{"":9}'],
    ["{}", "a..b", '{"a":{"":{"b":9}}}'],
    ["{}", "0", '{"0":9}'],
    ['{"a-b":{"c_d":1}}', "a-b.c_d", '{"a-b":{"c_d":9}}'],
  ] as const;
  for (const [text, path, expected] of table) {
    assertEquals(after(text, path), expected, `${text} ${path}`);
  }
});

Deno.test("setAtPath() sets items of arrays, the next one too", () => {
  const table = [
    ["[1,2]", "0", "[9,2]"],
    ["[1,2]", "2", "[1,2,9]"],
    ["[]", "0", "[9]"],
    ["[[1],{}]", "0.0", "[[9],{}]"],
    ["[[1],{}]", "1.a", '[[1],{"a":9}]'],
    ['{"a":[{"b":1}]}', "a.0.b", '{"a":[{"b":9}]}'],
  ] as const;
  for (const [text, path, expected] of table) {
    assertEquals(after(text, path), expected, `${text} ${path}`);
  }
});

Deno.test("setAtPath() changes nothing where the path leads nowhere", () => {
  const table = [
    ...["1", "null", "true", '"a"'].map((text) => [text, "a"] as const),
    ...["3", "-1", "1.5", "1e0", "a", "", " 0", "length", "__proto__"].map((
      path,
    ) => ["[1,2]", path] as const),
    ["[1]", "1.a"],
    ["[1]", "0.a"],
    ['{"a":1}', "a.b"],
    ['{"a":null}', "a.b"],
    ['{"a":"x"}', "a.0"],
    ['{"a":[]}', "a.b.c"],
    ["[1]", `${"9".repeat(400)}`],
  ] as const;
  for (const [text, path] of table) {
    assertEquals(after(text, path), null, `${text} ${path}`);
  }
  assertEquals(setAtPath({}, [], 9), false);
});

Deno.test("setAtPath() cannot reach a prototype", () => {
  const target = {};
  assert(setAtPath(target, ["__proto__", "polluted"], 9));
  assert(setAtPath(target, ["constructor", "prototype", "polluted"], 9));
  assert(setAtPath(target, ["toString"], 9));
  assert(!("polluted" in {}));
  assertStrictEquals(Object.getPrototypeOf(target), Object.prototype);
  assertEquals(
    JSON.stringify(target),
    '{"__proto__":{"polluted":9},"constructor":{"prototype":{"polluted":9}},"toString":9}',
  );
});

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { JsonValue } from "../../lib/json/json.ts";
import { mapJson, setOwn } from "../../lib/json/map_json.ts";

const DEPTH = 20_000;

function parse(text: string): JsonValue {
  return JSON.parse(text);
}

Deno.test("mapJson() copies without changes unless told any", () => {
  const text = '{"a":[1,-0.5,"x",null,true,[],{},[[{"b":[]}]]],"":{"c":""}}';
  const value = parse(text);
  const copy = mapJson(value, {});
  assertEquals(JSON.stringify(copy), text);
  assert(copy !== value);
  for (const scalar of ["", 0, false, null]) {
    assertStrictEquals(mapJson(scalar, {}), scalar);
  }
});

Deno.test("mapJson() leaves the value untouched and keeps the order of keys", () => {
  const value = parse('{"z":{"b":1,"a":[{"d":2,"c":3}]},"y":4}');
  const before = JSON.stringify(value);
  const copy = mapJson(value, {
    key: (key) => key.toUpperCase(),
    scalar: () => 0,
  });
  assertEquals(JSON.stringify(value), before);
  assertEquals(JSON.stringify(copy), '{"Z":{"B":0,"A":[{"D":0,"C":0}]},"Y":0}');
});

Deno.test("mapJson() tells a scalar the nearest key above, as it was", () => {
  const seen: string[] = [];
  mapJson(parse('[1,{"a":2,"b":[3,[4,{"c":5}]]},6]'), {
    key: () => "renamed",
    scalar(scalar, key) {
      seen.push(`${key}=${scalar}`);
      return scalar;
    },
  });
  assertEquals(seen.toSorted(), ["=1", "=6", "a=2", "b=3", "b=4", "c=5"]);
});

Deno.test("mapJson() lets the last of keys that become one win", () => {
  const copy = mapJson(parse('{"a-b":1,"c":2,"a_b":3}'), {
    key: (key) => key.replace(/[-_]/, ""),
  });
  assertEquals(copy, { ab: 3, c: 2 });
});

Deno.test("mapJson() keeps a key named __proto__ as data", () => {
  const text = '{"__proto__":{"polluted":[{"__proto__":1}]},"constructor":2}';
  const copy = mapJson(parse(text), {});
  assertEquals(JSON.stringify(copy), text);
  assertStrictEquals(Object.getPrototypeOf(copy), Object.prototype);
  assert(!("polluted" in {}));
  const renamed = mapJson(parse('{"a":{"polluted":1}}'), {
    key: () => "__proto__",
  });
  assertEquals(JSON.stringify(renamed), '{"__proto__":{"__proto__":1}}');
  assertStrictEquals(Object.getPrototypeOf(renamed), Object.prototype);
});

Deno.test("mapJson() goes to any depth", () => {
  const text = '{"a":['.repeat(DEPTH) + '"x"' + "]}".repeat(DEPTH);
  let value = mapJson(parse(text), {
    key: () => "b",
    scalar: (_scalar, key) => `under ${key}`,
  });
  for (let depth = 0; depth < DEPTH; depth++) {
    const object: JsonValue = value;
    assert(typeof object === "object" && object !== null && "b" in object);
    const { b } = object;
    assert(Array.isArray(b) && b.length === 1);
    value = b[0]!;
  }
  assertEquals(value, "under a");
});

Deno.test("mapJson() copies a wide value", () => {
  const wide = Array.from({ length: 300_000 }, (_, i) => i);
  assertEquals(mapJson(wide, {}), wide);
});

Deno.test("setOwn() sets a member whatever its name", () => {
  const target = {};
  for (const key of ["a", "", "__proto__", "constructor", "toString", "0"]) {
    setOwn(target, key, { key });
    assert(Object.hasOwn(target, key), key);
    assertEquals(
      Object.getOwnPropertyDescriptor(target, key),
      { value: { key }, configurable: true, enumerable: true, writable: true },
    );
  }
  assertStrictEquals(Object.getPrototypeOf(target), Object.prototype);
});

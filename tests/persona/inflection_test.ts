import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  camelKeys,
  type Inflection,
  INFLECTIONS,
  inflectKeys,
} from "../../lib/persona/inflection.ts";
import type { JsonValue } from "../../lib/json/json.ts";

const DEPTH = 20_000;

Deno.test("camelKeys() reads all inflections as one", () => {
  const table: [...string[], string][] = [
    ["created-at", "created_at", "createdAt", "createdAt"],
    [
      "address-street-1",
      "address_street_1",
      "addressStreet1",
      "addressStreet1",
    ],
    ["name", "name"],
    ["a-1-2", "a_1_2", "a12", "a12"],
    ["a--b", "a__b", "a-_b", "aB"],
    ["vorname-é", "vorname_é", "vornameÉ"],
    ["_private", "_private"],
    ["trailing-", "trailing-"],
    ["__proto__", "__proto__"],
    ["constructor", "constructor"],
    ["-", "-"],
    ["", ""],
  ];
  for (const row of table) {
    const camel = row.at(-1)!;
    for (const key of row) {
      assertEquals(Object.keys(camelKeys({ [key]: 1 })), [camel], key);
    }
  }
});

Deno.test("inflectKeys() writes each inflection from kebab", () => {
  const table: [Inflection, string][] = [
    ["kebab", "address-street-1"],
    ["camel", "addressStreet1"],
    ["snake", "address_street_1"],
  ];
  for (const [inflection, key] of table) {
    assertEquals(inflectKeys({ "address-street-1": 1 }, inflection), {
      [key]: 1,
    });
  }
});

Deno.test("inflectKeys() reads camel and snake as well", () => {
  assertEquals(inflectKeys({ createdAt: 1 }, "snake"), { created_at: 1 });
  assertEquals(inflectKeys({ created_at: 1 }, "kebab"), { "created-at": 1 });
});

Deno.test("inflectKeys() rewrites keys at any depth, and no value", () => {
  const value = {
    "a-b": ["c-d", { "e-f": "g-h", "i-j": [null, 1.5, true, [{ "k-l": {} }]] }],
  };
  const before = structuredClone(value);
  assertEquals(inflectKeys(value, "snake"), {
    "a_b": ["c-d", { "e_f": "g-h", "i_j": [null, 1.5, true, [{ "k_l": {} }]] }],
  });
  assertEquals(value, before);
});

Deno.test("inflectKeys() keeps scalars and the order of keys", () => {
  for (const value of [null, "a-b", 0, false]) {
    assertStrictEquals(inflectKeys(value, "camel"), value);
  }
  const keys = Object.keys(camelKeys({ "z-z": 1, "a-a": [], "m-m": {} }));
  assertEquals(keys, ["zZ", "aA", "mM"]);
});

Deno.test("inflectKeys() lets the last of two equal keys win", () => {
  assertEquals(camelKeys({ "a-b": 1, "a_b": 2 }), { aB: 2 });
});

Deno.test("inflectKeys() keeps __proto__ as data", () => {
  const value: JsonValue = JSON.parse('{"x":{"__proto__":{"is-admin":true}}}');
  const result = JSON.stringify(camelKeys(value));
  assertEquals(result, '{"x":{"__proto__":{"isAdmin":true}}}');
  assertEquals("isAdmin" in {}, false);

  const direct = camelKeys(JSON.parse('{"__proto__":{"is-admin":true}}'));
  assertStrictEquals(Object.getPrototypeOf(direct), Object.prototype);
  assertEquals("isAdmin" in Object(direct), false);
});

Deno.test("inflectKeys() goes down 20,000 levels", () => {
  const objects = '{"a-b":'.repeat(DEPTH) + "1" + "}".repeat(DEPTH);
  const arrays = "[".repeat(DEPTH) + "]".repeat(DEPTH);
  assertEquals(
    JSON.stringify(camelKeys(JSON.parse(objects))),
    objects.replaceAll("a-b", "aB"),
  );
  assertEquals(JSON.stringify(camelKeys(JSON.parse(arrays))), arrays);
});

Deno.test("inflectKeys() takes linear time over hostile keys", () => {
  const startedMs = performance.now();
  for (
    const key of ["a" + "-".repeat(1e6), "-".repeat(1e6), "a-".repeat(5e5)]
  ) {
    for (const inflection of ["camel", "snake"] as const) {
      inflectKeys({ [key]: 1 }, inflection);
    }
  }
  assert(performance.now() - startedMs < 20_000);
});

Deno.test("inflectKeys() leaves the names of fields and all below as they are", () => {
  const fields = JSON.parse(
    '{"name_first":{"value":1},"name-first":{"value":2},"nameFirst":{"value":3},' +
      '"__proto__":{"value":4},"name":{"type":"hash","value":{"first_part":[{"a-b":5}]}}}',
  );
  for (const inflection of INFLECTIONS) {
    const value = { "reference-id": 1, fields };
    const inflected = inflectKeys(value, inflection);
    assertEquals(JSON.stringify(inflected.fields), JSON.stringify(fields));
    // The way back, over every other inflection.
    for (const other of INFLECTIONS) {
      const back = inflectKeys(inflectKeys(inflected, other), "kebab");
      assertEquals(JSON.stringify(back), JSON.stringify(value));
    }
  }
});

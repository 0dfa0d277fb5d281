import { assertEquals, assertThrows } from "@std/assert";
import {
  camelKeys,
  INFLECTIONS,
  inflectKeys,
} from "../../lib/persona/inflection.ts";
import type { JsonObject, JsonValue } from "../../lib/json/json.ts";
import {
  checkPayloadFilter,
  createPayloadFilter,
} from "../../lib/persona/payload_filter.ts";
import { SeededRandom } from "../support/seeded_random.ts";

function matches(filter: JsonObject, payload: JsonObject): boolean {
  return createPayloadFilter(filter)(payload);
}

const INQUIRY: JsonObject = {
  data: {
    type: "inquiry",
    id: "inq_1",
    attributes: {
      status: "approved",
      "reference-id": null,
      tags: ["VIP", "INBOUND"],
      fields: { "address-street-1": { type: "string", value: "Main St" } },
      score: 1,
      isTest: false,
    },
    relationships: {
      "inquiry-template": { data: { type: "inquiry-template", id: "itmpl_b" } },
      reports: { data: [] },
      sessions: { data: [{ id: "iqse_1" }, { id: "iqse_2" }] },
    },
  },
  included: [
    { type: "inquiry-session", id: "iqse_1", attributes: { "is-proxy": true } },
    {
      type: "inquiry-session",
      id: "iqse_2",
      attributes: { "is-proxy": false },
    },
  ],
};

Deno.test("createPayloadFilter() matches what Persona's examples say", () => {
  const inbound = { data: { attributes: { tags: ["INBOUND"] } } };
  assertEquals(matches(inbound, INQUIRY), true);
  assertEquals(
    matches(inbound, { data: { attributes: { tags: ["OUTBOUND"] } } }),
    false,
  );
  const ofTemplate = (...ids: string[]) => ({
    data: {
      relationships: { "inquiry-template": { data: { id: { $or: ids } } } },
    },
  });
  assertEquals(matches(ofTemplate("itmpl_a", "itmpl_b"), INQUIRY), true);
  assertEquals(matches(ofTemplate("itmpl_a", "itmpl_c"), INQUIRY), false);
});

Deno.test("createPayloadFilter() matches a subset of the payload", () => {
  const table: [filter: JsonObject, isMatch: boolean][] = [
    [{}, true],
    [{ data: {} }, true],
    [{ meta: {} }, false],
    [INQUIRY, true],
    [{ data: { type: "inquiry", id: "inq_1" } }, true],
    [{ data: { type: "inquiry", id: "inq_2" } }, false],
    [{ data: { id: "INQ_1" } }, false],
    [{ data: { id: "inq_" } }, false],
    [{ data: "inquiry" }, false],
    [{ data: [] }, false],
    [{ data: null }, false],
    [{ data: { id: { $or: [{}, []] } } }, false],
    [{ constructor: {} }, false],
    [{ toString: null }, false],
  ];
  for (const [filter, isMatch] of table) {
    assertEquals(matches(filter, INQUIRY), isMatch, JSON.stringify(filter));
  }
});

Deno.test("createPayloadFilter() compares values by kind and equality", () => {
  const values = ["null", "true", "false", "0", "1", '""', '"1"', "{}", "[]"];
  for (const wanted of values) {
    for (const value of values) {
      const filter = { a: JSON.parse(wanted) };
      const payload = { a: JSON.parse(value) };
      assertEquals(matches(filter, payload), wanted === value, wanted + value);
    }
    assertEquals(matches({ a: JSON.parse(wanted) }, {}), false, wanted);
  }
  for (const [one, other] of [["1", "1.0"], ["100", "1e2"], ["0", "-0"]]) {
    const payload = JSON.parse(`{"a":${other}}`);
    assertEquals(matches(JSON.parse(`{"a":${one}}`), payload), true, other);
  }
});

Deno.test("createPayloadFilter() finds each element of a list", () => {
  const table: [filter: JsonValue, value: JsonValue, isMatch: boolean][] = [
    [[], ["a"], true],
    [["a"], ["a"], true],
    [["a"], ["b", "a"], true],
    [["b", "a"], ["a", "c", "b"], true],
    [["a", "a"], ["a"], true],
    [["a", "b"], ["a"], false],
    [["a"], [], false],
    [["a"], "a", false],
    ["a", ["a"], false],
    [null, [null], false],
    [[null], [1, null], true],
    [[{ id: 1 }], [{ id: 2, x: 1 }, { id: 1, x: 2 }], true],
    [[{ id: 1, x: 1 }], [{ id: 2, x: 1 }, { id: 1, x: 2 }], false],
    [[{ id: 1 }], { id: 1 }, false],
    [{ id: 1 }, [{ id: 1 }], false],
    [[["a"]], [["b"], ["a", "c"]], true],
    [[["a", "b"]], [["a"], ["b"]], false],
    [{ "0": "a" }, ["a"], false],
    [{ length: 1 }, ["a"], false],
    [{ length: 1 }, "a", false],
  ];
  for (const [filter, value, isMatch] of table) {
    const about = JSON.stringify([filter, value]);
    assertEquals(matches({ a: filter }, { a: value }), isMatch, about);
  }
});

Deno.test("createPayloadFilter() takes one of several by $or", () => {
  const table: [filter: JsonValue, value: JsonValue, isMatch: boolean][] = [
    [{ $or: ["a", "b"] }, "b", true],
    [{ $or: ["a", "b"] }, "c", false],
    [{ $or: [1, null] }, null, true],
    [{ $or: ["a", { id: 1 }] }, { id: 1, x: 2 }, true],
    [{ $or: [{ id: 1, x: 1 }, { id: 2 }] }, { id: 1 }, false],
    [{ $or: ["a"] }, ["a"], false],
    [{ $or: [["a"], ["b"]] }, ["b", "c"], true],
    [[{ $or: ["a", "b"] }], ["b", "c"], true],
    [[{ $or: ["a", "b"] }, "c"], ["b", "c"], true],
    [[{ $or: ["a", "b"] }, "d"], ["b", "c"], false],
    [{ $or: [{ $or: ["a"] }, { $or: ["b"] }] }, "b", true],
    [{ $or: ["a"] }, { $or: ["a"] }, false],
  ];
  for (const [filter, value, isMatch] of table) {
    const about = JSON.stringify([filter, value]);
    assertEquals(matches({ a: filter }, { a: value }), isMatch, about);
  }
  const either = { $or: [{ a: 1 }, { b: 1 }] };
  assertEquals(matches(either, { b: 1, c: 1 }), true, "of the whole payload");
  assertEquals(matches(either, { c: 1 }), false, "of the whole payload");
});

Deno.test("createPayloadFilter() takes each key in any inflection", () => {
  const spellings = ["address-street-1", "address_street_1", "addressStreet1"];
  for (const wanted of spellings) {
    for (const key of spellings) {
      assertEquals(matches({ [wanted]: 1 }, { [key]: 1 }), true, wanted + key);
      assertEquals(matches({ [wanted]: 1 }, { [key]: 2 }), false, wanted + key);
    }
  }
  assertEquals(matches({ a: "b-c" }, { a: "b_c" }), false, "but no value");
});

Deno.test("createPayloadFilter() lets the last of two equal keys count", () => {
  assertEquals(matches({ aB: 2 }, { "a-b": 1, "a_b": 2 }), true);
  assertEquals(matches({ aB: 1 }, { "a-b": 1, "a_b": 2 }), false);
});

Deno.test("createPayloadFilter() takes __proto__ for a key like others", () => {
  const filter = JSON.parse('{"__proto__":{"a":1}}');
  assertEquals(matches(filter, JSON.parse('{"__proto__":{"a":1}}')), true);
  assertEquals(matches(filter, JSON.parse('{"__proto__":{"a":2}}')), false);
  assertEquals(matches(filter, { a: 1 }), false);
});

Deno.test("createPayloadFilter() goes no deeper than the filter", () => {
  const deep = 10_000;
  const objects = '{"a":'.repeat(deep) + "1" + "}".repeat(deep);
  const lists = `{"a":${"[".repeat(deep)}${"]".repeat(deep)}}`;
  const table: [filter: JsonObject, payload: string, isMatch: boolean][] = [
    [nested(31, {}), objects, true],
    [nested(32, 1), objects, false],
    [{ a: 1 }, objects, false],
    [{ a: [[[[]]]] }, lists, true],
    [{ a: [[[["x"]]]] }, lists, false],
    [{ a: { $or: [[], {}] } }, lists, true],
  ];
  for (const [filter, payload, isMatch] of table) {
    assertEquals(matches(filter, JSON.parse(payload)), isMatch);
  }
});

Deno.test("createPayloadFilter() refuses a filter with faults", () => {
  assertThrows(
    () => createPayloadFilter({ a: { $and: [] } }),
    TypeError,
    'Cannot use "filter.a.$and" as an operator must be $or',
  );
  assertThrows(() => createPayloadFilter(nested(10_000, 1)), TypeError);
});

Deno.test("createPayloadFilter() keeps nothing from call to call", () => {
  const isMatch = createPayloadFilter({ a: [{ b: 1 }] });
  for (const b of [1, 2, 1]) {
    assertEquals(isMatch({ a: [{ b }] }), b === 1);
  }
});

Deno.test("createPayloadFilter() does not care which inflections there are", () => {
  const random = new SeededRandom(20240215);
  let found = 0;
  for (let run = 0; run < 3_000; run++) {
    const payload = randomObject(random, 4);
    const filter = run % 3 === 0
      ? randomObject(random, 2)
      : partOf(payload, random);
    const expected = matches(filter, payload);
    if (expected) found++;
    for (const one of INFLECTIONS) {
      for (const other of INFLECTIONS) {
        assertEquals(
          matches(inflectKeys(filter, one), inflectKeys(payload, other)),
          expected,
          JSON.stringify({ one, other, filter, payload }),
        );
      }
    }
  }
  assertEquals(found > 1_000 && found < 2_900, true, `${found} matched`);
});

Deno.test("createPayloadFilter() matches every part of a payload", () => {
  const random = new SeededRandom(7);
  for (let run = 0; run < 1_000; run++) {
    const payload = randomObject(random, 4);
    const filter = partOf(payload, random, { isWhole: true });
    const about = JSON.stringify({ filter, payload });
    assertEquals(matches(filter, payload), true, about);
  }
});

Deno.test("checkPayloadFilter() names each fault and its place", () => {
  const table: [value: unknown, faults: string[]][] = [
    [{}, []],
    [INQUIRY, []],
    [{ $or: [{}] }, []],
    [{ a: [{ b: { $or: ["x", 1, null, true, ["y"], { c: 1 }] } }] }, []],
    ["x", ['"f" as it must be an object']],
    [null, ['"f" as it must be an object']],
    [undefined, ['"f" as it must be an object']],
    [["x"], ['"f" as it must be an object']],
    [{ a: { $or: [] } }, [
      '"f.a.$or" as it must be a list with at least one element',
    ]],
    [{ $or: { a: 1 } }, [
      '"f.$or" as it must be a list with at least one element',
    ]],
    [{ a: [0, { $or: "x" }] }, [
      '"f.a[1].$or" as it must be a list with at least one element',
    ]],
    [{ a: { $or: ["x"], b: 1 } }, [
      '"f.a.$or" as it must be the only key of its object',
    ]],
    [{ a: { b: 1, $or: 1 } }, [
      '"f.a.$or" as it must be the only key of its object',
      '"f.a.$or" as it must be a list with at least one element',
    ]],
    [{ $not: 1, a: { $OR: ["x"] }, $: 2 }, [
      '"f.$not" as an operator must be $or',
      '"f.$" as an operator must be $or',
      '"f.a.$OR" as an operator must be $or',
    ]],
    [{ a: { $or: [{ $in: [] }] } }, [
      '"f.a.$or[0].$in" as an operator must be $or',
    ]],
    [{ "inquiry-template": { "a b\n": { $x: 1 } } }, [
      '"f.inquiry-template["a b\\n"].$x" as an operator must be $or',
    ]],
    [{ "a-b": 1, "a_b": 1, aB: 1 }, [
      '"f.a_b" as it must be there once, in one spelling',
      '"f.aB" as it must be there once, in one spelling',
    ]],
    [{ a: undefined, b: [1n] }, [
      '"f.a" as it must be a JSON value',
      '"f.b[0]" as it must be a JSON value',
    ]],
  ];
  for (const [value, faults] of table) {
    const expected = faults.map((fault) => `Cannot use ${fault}`);
    assertEquals(checkPayloadFilter(value, "f"), expected);
  }
  assertEquals(
    checkPayloadFilter(
      { data: { $or: [] } },
      "destinations[0].filter",
      { source: " in inbox.json" },
    ),
    [
      'Cannot use "destinations[0].filter.data.$or" in inbox.json as it must be a list with at least one element',
    ],
  );
});

Deno.test("checkPayloadFilter() takes 32 levels and no more", () => {
  for (const end of [1, {}]) {
    assertEquals(
      checkPayloadFilter(nested(32 - Number(end !== 1), end), "f"),
      [],
    );
  }
  for (const filter of [nested(33, 1), nested(32, []), nested(10_000, 1)]) {
    assertEquals(checkPayloadFilter(filter, "f"), [
      `Cannot use "f${
        ".a".repeat(32)
      }" as a filter must be at most 32 levels deep`,
    ]);
  }
});

/** So many objects, one in the other. */
function nested(levels: number, end: JsonValue): JsonObject {
  let value: JsonObject = { a: end };
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}

const KEYS = ["id", "created-at", "is_proxy", "addressStreet1", "a-1", "_x"];
const VALUES: readonly JsonValue[] = [null, true, 0, 1, "a", "b-c"];

function randomObject(random: SeededRandom, depth: number): JsonObject {
  const object: JsonObject = {};
  for (const key of KEYS) {
    if (random.below(2) === 0) object[key] = randomValue(random, depth - 1);
  }
  return object;
}

function randomValue(random: SeededRandom, depth: number): JsonValue {
  const kind = depth > 0 ? random.below(3) : 0;
  if (kind === 0) return random.pick(VALUES);
  if (kind === 1) return randomObject(random, depth);
  return Array.from(
    { length: random.below(4) },
    () => randomValue(random, depth - 1),
  );
}

/** A filter made of a payload; matches it for certain only if `isWhole`. */
function partOf(
  value: JsonObject,
  random: SeededRandom,
  options: { isWhole?: boolean } = {},
): JsonObject {
  const part = (value: JsonValue): JsonValue => {
    const choice = random.below(8);
    if (choice === 0 && !options.isWhole) return random.pick(VALUES);
    if (choice === 1) return { $or: [random.pick(VALUES), part(value)] };
    if (Array.isArray(value)) {
      return value.filter(() => random.below(2) === 0).map(part);
    }
    if (typeof value === "object" && value !== null) {
      return partOf(value, random, options);
    }
    return value;
  };
  const kept = Object.entries(camelKeys(value)).filter(() =>
    random.below(2) === 0
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, part(value)]));
}

const fieldsPayload = (fields: string): JsonObject => ({
  data: { attributes: { fields: JSON.parse(fields) } },
});

Deno.test("createPayloadFilter() takes the name of a field in any spelling", () => {
  const spellings = ["name-first", "name_first", "nameFirst"];
  for (const wanted of spellings) {
    const isMatch = createPayloadFilter(
      fieldsPayload(`{"${wanted}":{"value":"Ada"}}`),
    );
    for (const name of spellings) {
      const payload = (value: string) =>
        fieldsPayload(`{"${name}":{"value":"${value}"}}`);
      assertEquals(isMatch(payload("Ada")), true, `${wanted} ${name}`);
      assertEquals(isMatch(payload("Eve")), false, `${wanted} ${name}`);
    }
  }
});

Deno.test("createPayloadFilter() tells fields apart that differ in spelling only", () => {
  const both = fieldsPayload(
    '{"name_first":{"value":"Ada"},"name-first":{"value":"Eve"},"__proto__":{"value":"x"}}',
  );
  const table: [filter: string, expected: boolean][] = [
    ['{"name_first":{"value":"Ada"}}', true],
    ['{"name_first":{"value":"Eve"}}', false],
    ['{"name-first":{"value":"Eve"}}', true],
    ['{"name-first":{"value":"Ada"}}', false],
    ['{"name-first":{"value":"Eve"},"name_first":{"value":"Ada"}}', true],
    ['{"name-first":{"value":"Eve"},"name_first":{"value":"Eve"}}', false],
    // No field has this very name: any that means it will do.
    ['{"nameFirst":{"value":"Ada"}}', true],
    ['{"nameFirst":{"value":"Eve"}}', true],
    ['{"nameFirst":{"value":"Bob"}}', false],
    ['{"__proto__":{"value":"x"}}', true],
    ['{"__proto__":{"value":"y"}}', false],
    ['{"toString":{}}', false],
    ['{"$or":[{"name_first":{}},{"other":{}}]}', true],
  ];
  for (const [filter, expected] of table) {
    const isMatch = createPayloadFilter(fieldsPayload(filter));
    assertEquals(isMatch(both), expected, filter);
  }
});

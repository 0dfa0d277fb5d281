// Globs and payload filters, against models that are too slow and too plain to be wrong.

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "npm:fast-check@4.11.0";
import type { JsonObject, JsonValue } from "../../lib/json/json.ts";
import { INFLECTIONS, inflectKeys } from "../../lib/persona/inflection.ts";
import { isNameGlob, matchesGlob } from "../../lib/persona/name_glob.ts";
import {
  checkPayloadFilter,
  createPayloadFilter,
} from "../../lib/persona/payload_filter.ts";
import { type FuzzTarget, pureTarget } from "./fuzz_target.ts";
import { jsonObject, jsonValue, key, KEYS } from "./json_inputs.ts";

const word = fc.string({
  unit: fc.constantFrom("a", "b", ".", "/", "-", "_", "ab", "inquiry"),
  maxLength: 8,
});
const glob = fc.string({
  unit: fc.constantFrom("a", "b", ".", "/", "-", "_", "*", "*", "ab"),
  maxLength: 8,
});

/** Few keys and values, so that filters match. */
const NEAR_KEYS = ["data", "fields", "a-b", "aB", "a_b", "id", "__proto__"];
const near = {
  keys: fc.constantFrom(...NEAR_KEYS),
  scalars: fc.constantFrom<JsonValue[]>("x", "y", 1, null, true),
};
const payload = jsonObject(near.scalars, near.keys);
const withChoices = fc.oneof(
  { arbitrary: near.keys, weight: 6 },
  { arbitrary: fc.constant("$or"), weight: 1 },
);
const filter = fc.oneof(
  jsonObject(near.scalars, near.keys),
  jsonObject(near.scalars, withChoices),
);

function camel(key: string): string {
  const [, before = "", inside = "", after = ""] =
    /^([-_]*)(.*?)([-_]*)$/s.exec(key) ?? [];
  const [first = "", ...others] = inside.split(/[-_]+/);
  const humps = others.map((word) => {
    const [initial = "", ...rest] = word.match(/[^]/g) ?? [];
    return initial.toUpperCase() + rest.join("");
  });
  return `${before}${first}${humps.join("")}${after}`;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function matchesModel(
  filter: JsonValue,
  value: JsonValue,
  isBelow = false,
): boolean {
  if (Array.isArray(filter)) {
    return Array.isArray(value) &&
      filter.every((one) => value.some((v) => matchesModel(one, v, isBelow)));
  }
  if (!isObject(filter)) return filter === value;
  if (Object.hasOwn(filter, "$or")) {
    return (filter.$or as JsonValue[])
      .some((one) => matchesModel(one, value, isBelow));
  }
  if (!isObject(value)) return false;
  return Object.entries(filter).every(([key, wanted]) => {
    const named = Object.entries(value)
      .filter(([other]) => camel(other) === camel(key));
    const exact = named.filter(([other]) => other === key);
    const meant = !isBelow ? named.slice(-1) : exact.length ? exact : named;
    return meant.some(([, one]) =>
      matchesModel(wanted, one, isBelow || key === "fields")
    );
  });
}

export const FILTER_TARGETS: readonly FuzzTarget[] = [
  pureTarget("filter: a glob matches as a regular expression does", {
    runs: 3_000,
    inputs: fc.tuple(glob, word),
    check([glob, name]) {
      const pieces = glob.split("*").map((piece) => RegExp.escape(piece));
      const model = new RegExp(`^${pieces.join("[^]*")}$`);
      assertEquals(matchesGlob(glob, name), model.test(name));
      assertEquals(isNameGlob(glob), glob.length > 0);
    },
  }),
  pureTarget("filter: a filter matches as the model says", {
    runs: 1_500,
    inputs: fc.tuple(filter, payload),
    check([filter, payload]) {
      if (checkPayloadFilter(filter, "filter").length > 0) return;
      assertEquals(
        createPayloadFilter(filter)(payload),
        matchesModel(filter, payload),
      );
    },
  }),
  pureTarget("filter: a payload matches itself and its parts", {
    runs: 500,
    // Of two spellings of a key only the last would count.
    inputs: fc.tuple(
      jsonObject(near.scalars, fc.constantFrom("data", "fields", "a-b", "id")),
      fc.infiniteStream(fc.boolean()),
    ),
    check([payload, isKept]) {
      const filter = partOf(payload, isKept);
      if (checkPayloadFilter(filter, "filter").length > 0) return;
      assert(createPayloadFilter(filter as JsonObject)(payload));
    },
  }),
  pureTarget("filter: the inflection of a payload changes no match", {
    runs: 500,
    inputs: fc.tuple(
      jsonObject(near.scalars, fc.constantFrom("data", "a-b", "reference-id")),
      jsonObject(near.scalars, fc.constantFrom("data", "a-b", "reference-id")),
    ),
    check([filter, payload]) {
      const matches = createPayloadFilter(filter);
      const results = INFLECTIONS.map((inflection) =>
        matches(inflectKeys(payload, inflection))
      );
      assertEquals(new Set(results).size, 1);
    },
  }),
  pureTarget(
    "filter: each fault names its path, and none means that it compiles",
    {
      runs: 500,
      inputs: fc.oneof(
        jsonValue(undefined, fc.oneof(key, fc.constantFrom("$or", "$and"))),
        fc.nat(40).map((depth) => nested(depth)),
      ),
      check(value) {
        const faults = checkPayloadFilter(value, "filter");
        for (const fault of faults) assert(/^Cannot use "filter/.test(fault));
        const compile = () => createPayloadFilter(value as JsonObject);
        if (faults.length > 0) assertThrows(compile, TypeError);
        else assertEquals(typeof compile()({}), "boolean");
      },
    },
  ),
];

/** Some members and elements of a value. */
function partOf(
  value: JsonValue,
  isKept: fc.Stream<boolean>,
): JsonValue {
  const isDrawn = () => isKept.next().value;
  if (Array.isArray(value)) {
    return value.filter(isDrawn).map((one) => partOf(one, isKept));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(isDrawn)
      .map(([key, one]) => [key, partOf(one, isKept)]),
  );
}

function nested(depth: number): JsonObject {
  let value: JsonValue = 1;
  for (let i = 0; i <= depth; i++) value = { [KEYS[i % 4]!]: value };
  return value as JsonObject;
}

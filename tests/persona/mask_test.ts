import { assert, assertEquals } from "@std/assert";
import { EVENT_NAMES } from "../../lib/persona/event_names.ts";
import { INFLECTIONS, inflectKeys } from "../../lib/persona/inflection.ts";
import type { JsonValue } from "../../lib/json/json.ts";
import { mapJson } from "../../lib/json/map_json.ts";
import { maskPayload } from "../../lib/persona/mask.ts";
import { sampleEvent } from "../../lib/samples/samples.ts";

const DEPTH = 20_000;
const TIME = "2024-02-15T23:48:17.732Z";

/** A payload full of values that must not be seen, each with `7q` in it. */
const PERSONAL: JsonValue = {
  data: {
    type: "inquiry",
    id: "inq_1",
    attributes: {
      status: "approved",
      "created-at": TIME,
      "redacted-at": null,
      name: "Jo7q",
      "name-first": "Jo7q",
      "name_last": "Doe7q",
      birthdate: "1990-01-31-7q",
      "reference-id": "user-7q",
      "email-address": "jo7q@example.com",
      note: "7q",
      tags: ["7q", ["7q"]],
      "photo-urls": [{ url: "https://files.example/7q", page: "7q" }],
      "identification-number": "7q",
      address: { street1: "7q", status7q: "7q-x" },
      fields: {
        "name-first": { type: "string", value: "Jo7q" },
        id: { type: "string", value: "7q" },
        status: { type: "string", value: "7q" },
        "created-at": { type: "datetime", value: "7q" },
      },
    },
  },
  included: [{ type: "verification", id: "ver_1", attributes: { a: "7q" } }],
};

Deno.test("maskPayload() keeps keys, ids, types, statuses and times", () => {
  const kept = {
    type: "inquiry",
    id: "inq_1",
    status: "approved",
    "check-status": "passed",
    match_status: "not_applicable",
    accountStatus: "Default",
    "created-at": TIME,
    updated_at: "2024-02-15T23:48:17+01:00",
    expiresAt: "2024-02-15T23:48:17Z",
    decisionedAt: null,
    data: [{ type: "verification/government-id", id: "ver_1" }],
  };
  assertEquals(maskPayload(kept), kept);
});

Deno.test("maskPayload() leaves no personal value, in any inflection", () => {
  for (const inflection of INFLECTIONS) {
    const payload = inflectKeys(PERSONAL, inflection);
    const masked = maskPayload(payload);
    const values: JsonValue[] = [];
    mapJson(masked, { scalar: (scalar) => (values.push(scalar), scalar) });
    assert(!JSON.stringify(values).includes("7q"), JSON.stringify(masked));
    assertEquals(shapeOf(masked), shapeOf(payload));
    assert(JSON.stringify(masked).includes('"inq_1"'));
    assert(JSON.stringify(masked).includes(TIME));
  }
});

Deno.test("maskPayload() replaces other values by their kind and length", () => {
  assertEquals(
    maskPayload({ a: "", b: "Jo é", c: 12.5, d: false, e: null, f: [], g: {} }),
    {
      a: "<string 0>",
      b: "<string 4>",
      c: "<number>",
      d: "<boolean>",
      e: null,
      f: [],
      g: {},
    },
  );
});

Deno.test("maskPayload() masks what only poses as an id, status or time", () => {
  const table = [
    ["id", "Jo Doe"],
    ["id", "jo@example.com"],
    ["id", "123-45-6789"],
    ["id", 123456789],
    ["id", "x".repeat(65)],
    ["id", "José"],
    ["id", "inq_1\n"],
    ["type", "two words"],
    ["status", "lives at 1 Main St"],
    ["status", true],
    ["created-at", "1990-01-31"],
    ["created-at", "Jo"],
    ["created-at", 633744000],
    ["createdAt", "yesterday"],
    ["at", TIME],
    ["birthdate", TIME],
    ["reference-id", "inq_1"],
    ["referenceId", "inq_1"],
    ["name", "inquiry"],
    ["Id", "inq_1"],
    ["mystatus", "passed"],
    ["marital-status", "divorced"],
    ["immigrationStatus", "refugee"],
    ["__proto__", "passed"],
    ["", "passed"],
  ] as const;
  for (const [key, value] of table) {
    const masked = JSON.stringify(maskPayload(JSON.parse(
      `{${JSON.stringify(key)}:${JSON.stringify(value)}}`,
    )));
    assert(!masked.includes(`:${JSON.stringify(value)}`), `${key} ${value}`);
    assert(/:"<(string \d+|number|boolean)>"}$/.test(masked), masked);
  }
});

Deno.test("maskPayload() leaves no personal value of any sample", () => {
  const personal =
    /^(name-|birthdate$|reference-id$|email|phone|address-|note$|identification-number$|url$|value$)/;
  let count = 0;
  for (const name of EVENT_NAMES) {
    const { data } = sampleEvent(name);
    assert(typeof data === "object");
    const values = new Set<string>();
    mapJson(data, {
      scalar(scalar, key) {
        if (personal.test(key) && typeof scalar === "string") {
          values.add(scalar);
        }
        return scalar;
      },
    });
    const masked = JSON.stringify(maskPayload(data));
    for (const value of values) {
      assert(!masked.includes(`:${JSON.stringify(value)}`), `${name} ${value}`);
    }
    count += values.size;
  }
  assert(count > 500, String(count));
});

Deno.test("maskPayload() goes to any depth", () => {
  const text = '{"note":['.repeat(DEPTH) + '"Jo"' + "]}".repeat(DEPTH);
  let scalars: JsonValue[] = [];
  mapJson(maskPayload(JSON.parse(text)), {
    scalar: (scalar) => (scalars = [...scalars, scalar], scalar),
  });
  assertEquals(scalars, ["<string 2>"]);
});

/** The value with every scalar the same. */
function shapeOf(value: JsonValue): JsonValue {
  return mapJson(value, { scalar: () => 0 });
}

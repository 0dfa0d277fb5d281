import { assertEquals } from "@std/assert";
import { readObject, readObjects } from "../../lib/persona/object_reader.ts";
import type { JsonObject } from "../../lib/json/json.ts";

const BARE = { type: "inquiry", id: "inq_1" };

Deno.test("readObject() fills in what is missing", () => {
  const expected = { ...BARE, attributes: {}, relationships: {} };
  assertEquals(readObject(BARE), expected);
  for (const junk of [null, [], "x", 1]) {
    const value: JsonObject = {
      ...BARE,
      attributes: junk,
      relationships: junk,
    };
    assertEquals(readObject(value), expected);
  }
});

Deno.test("readObject() finds no object without a type and an id", () => {
  const table = [
    undefined,
    null,
    [],
    "inq_1",
    {},
    { type: "inquiry" },
    { id: "inq_1" },
    { type: "", id: "inq_1" },
    { type: "inquiry", id: "" },
    { type: "inquiry", id: 1 },
    { type: "inquiry", id: "inq_\ud800" },
  ];
  for (const value of table) assertEquals(readObject(value), null);
});

Deno.test("readObject() reads relationships in every form", () => {
  const pointer = { type: "account", id: "act_1" };
  const table = [
    [{ data: pointer }, { data: pointer }],
    [{ data: [pointer, pointer] }, { data: [pointer, pointer] }],
    [{ data: [] }, { data: [] }],
    [{ data: {} }, { data: null }],
    [{ data: null }, { data: null }],
    [{ data: { id: "act_1" } }, { data: { id: "act_1" } }],
    [{ data: [pointer, null, "x"] }, { data: [pointer] }],
    [{ data: { type: 1, id: [] } }, { data: null }],
    [{ data: "x" }, {}],
    [{}, {}],
    [null, {}],
    ["x", {}],
  ];
  for (const [value, expected] of table) {
    const object = readObject({
      ...BARE,
      relationships: { "inquiry-template": value ?? null },
    });
    assertEquals(object?.relationships.inquiryTemplate, expected ?? {});
  }
});

Deno.test("readObject() keeps an attribute named __proto__ as data", () => {
  const value = JSON.parse(
    '{"type":"inquiry","id":"inq_1","attributes":{"__proto__":{"status":"approved"}},' +
      '"relationships":{"__proto__":{"data":{"id":"act_1"}}}}',
  );
  const object = readObject(value)!;
  assertEquals("status" in object.attributes, false);
  assertEquals(Object.keys(object.attributes), ["__proto__"]);
  assertEquals(Object.keys(object.relationships), ["__proto__"]);
});

Deno.test("readObjects() leaves out what is no object", () => {
  const objects = readObjects([BARE, null, {}, { ...BARE, id: "inq_2" }]);
  assertEquals(objects.map(({ id }) => id), ["inq_1", "inq_2"]);
  for (const value of [undefined, null, {}, "x"]) {
    assertEquals(readObjects(value), []);
  }
});

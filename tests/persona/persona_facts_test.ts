import { assertEquals, assertThrows } from "@std/assert";
import { mergeShapes } from "../../.ci/persona_facts/merge_shapes.ts";
import { readShape } from "../../.ci/persona_facts/read_shape.ts";
import { readVersion } from "../../.ci/persona_facts/read_version.ts";
import type { Schema } from "../../.ci/persona_facts/resolve_schema.ts";
import {
  packShapes,
  type Shape,
  unpackShapes,
} from "../../.ci/persona_facts/shape.ts";

const noReference = () => {
  throw new Error("Nothing to look up");
};

Deno.test("readShape() reads what Persona's schemas say, and no prose", () => {
  const table: [Schema, Shape][] = [
    [{ type: "string", description: "A name" }, { type: "string" }],
    [{ type: ["null", "string"] }, { type: "string|null" }],
    [{ type: "string", format: "date-time" }, { type: "date-time" }],
    [{ const: "account" }, { type: "string", values: ["account"] }],
    [
      {
        type: "string",
        description:
          "The status\n\nPossible values:\n- passed\n- tentatively_passed (only for some)\n\nDo not assume more.",
      },
      { type: "string", values: ["passed", "tentatively_passed"] },
    ],
    [
      { type: "string", description: "One of `user` or `workflow-run`." },
      { type: "string", values: ["user", "workflow-run"] },
    ],
    [
      { type: "array", items: { type: "integer" } },
      { type: "array", items: { type: "integer" } },
    ],
    [
      {
        allOf: [{ properties: { a: { type: "string" } } }, { required: ["a"] }],
      },
      {
        type: "object",
        required: ["a"],
        properties: { a: { type: "string" } },
      },
    ],
    [
      { oneOf: [{ type: "null" }, { type: "object" }] },
      { type: "object|null" },
    ],
    [{}, { type: "any" }],
  ];
  for (const [schema, shape] of table) {
    assertEquals(readShape(schema, noReference), shape);
  }
});

Deno.test("readShape() ends where a schema contains itself", () => {
  const node: Schema = {
    type: "object",
    properties: { child: { $ref: "#/components/schemas/node" } },
  };
  assertEquals(readShape({ $ref: "#/components/schemas/node" }, () => node), {
    type: "object",
    properties: { child: { type: "object" } },
  });
});

Deno.test("mergeShapes() marks what not every version has", () => {
  const version = (version: string, ...keys: string[]) => ({
    version,
    shape: {
      type: "object",
      properties: Object.fromEntries(
        keys.map((key) => [key, { type: "string" }]),
      ),
    },
  });
  const merged = mergeShapes([
    version("2020-01-01", "always", "old"),
    version("2021-01-01", "always", "middle"),
    version("2022-01-01", "always", "new"),
  ], "account");
  assertEquals(merged.properties, {
    always: { type: "string" },
    middle: { type: "string", since: "2021-01-01", until: "2021-01-01" },
    new: { type: "string", since: "2022-01-01" },
    old: { type: "string", until: "2020-01-01" },
  });
  assertThrows(
    () =>
      mergeShapes([
        version("2020-01-01", "a"),
        version("2021-01-01"),
        version("2022-01-01", "a"),
      ], "account"),
    Error,
    "account.a comes and goes",
  );
});

Deno.test("packShapes() loses nothing", () => {
  const shapes = {
    a: { type: "string" },
    b: {
      type: "array|null",
      since: "2021-01-01",
      items: {
        type: "object",
        properties: { c: { type: "string", values: ["x"] } },
      },
    },
  };
  const packed = packShapes(shapes);
  assertEquals(packed.a, "string");
  assertEquals(unpackShapes(packed), shapes);
});

Deno.test("readVersion() finds names, kinds, contexts and objects", () => {
  const pointer = (schema: Schema): Schema => ({
    properties: { data: { type: ["object", "null"], ...schema } },
  });
  const account: Schema = {
    properties: {
      type: { const: "account" },
      id: { type: "string" },
      attributes: { properties: { "reference-id": { type: "string" } } },
      relationships: {
        properties: {
          "account-type": pointer({
            properties: { type: { const: "account-type" } },
          }),
          reviewer: pointer({
            properties: { type: { type: "string", examples: ["user"] } },
          }),
        },
      },
    },
  };
  const body = {
    properties: {
      data: {
        properties: {
          attributes: {
            properties: {
              context: { properties: { "added-tags": { type: "array" } } },
              payload: {
                properties: { data: { $ref: "#/components/schemas/account" } },
              },
            },
          },
        },
      },
    },
  };
  const enabledEvents = {
    items: { enum: ["*", "account.updated-tags", "sar.filed"] },
  };
  const facts = readVersion("2025-01-01", {
    webhooks: {
      "account.updated-tags": {
        post: {
          requestBody: { content: { "application/json": { schema: body } } },
        },
      },
    },
    components: {
      schemas: {
        account,
        "webhook-request-attributes": {
          properties: { "enabled-events": enabledEvents },
        },
      },
    },
  });
  assertEquals(facts.names, ["account.updated-tags", "sar.filed"]);
  assertEquals(facts.kinds, {
    account: { types: ["account"] },
    sar: { types: ["sar"], isInferred: true },
  });
  assertEquals(facts.contexts, {
    "account.updated-tags": { "added-tags": { type: "array" } },
  });
  assertEquals(facts.objects.get("account"), {
    attributes: { "reference-id": { type: "string" } },
    relationships: {
      "account-type": { type: "object|null", values: ["account-type"] },
      reviewer: { type: "object|null", values: ["user"], isByExample: true },
    },
  });
  assertEquals(facts.objects.get("sar"), { attributes: {}, relationships: {} });
});

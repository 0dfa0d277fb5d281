import { assertEquals } from "@std/assert";
import { linksOf } from "../../lib/persona/links.ts";

function textsOf(body: unknown): string[] {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return linksOf(bytes).map(({ kind, value }) => `${kind} ${value}`).sort();
}

Deno.test("linksOf() finds reference ids in every inflection, at any depth", () => {
  for (const key of ["reference-id", "referenceId", "reference_id"]) {
    const body = { data: [{ attributes: { [key]: "user 7" } }], [key]: "b" };
    assertEquals(textsOf(body), ["reference b", "reference user 7"], key);
  }
  const none = { "reference-id": null, "my-reference-id": "a", reference: "b" };
  assertEquals(textsOf(none), []);
  assertEquals(textsOf({ "reference-id": ["a"], referenceId: "" }), []);
});

Deno.test("linksOf() finds accounts and inquiries that a payload holds or relates to", () => {
  const body = {
    data: {
      type: "verification/government-id",
      id: "ver_1",
      relationships: {
        inquiry: { data: { type: "inquiry", id: "inq_1" } },
        template: { data: { type: "inquiry-template", id: "itmpl_1" } },
        others: { data: [{ type: "account", id: "act_1" }, { id: "act_2" }] },
      },
    },
    included: [{ type: "inquiry", id: "inq_1" }, null, 1, "account"],
  };
  assertEquals(textsOf(body), ["account act_1", "inquiry inq_1"]);
});

Deno.test("linksOf() finds nothing in what is not JSON, and never throws", () => {
  for (const text of ["", "{", "null", '"reference-id"', "\u0000"]) {
    assertEquals(linksOf(new TextEncoder().encode(text)), [], text);
  }
  const depth = 5_000;
  const deep = `${"[".repeat(depth)}{"reference-id":"a"}${"]".repeat(depth)}`;
  assertEquals(linksOf(new TextEncoder().encode(deep)).length, 1);
  const many = Array.from(
    { length: 300_000 },
    (_, i) => ({ referenceId: `${i}` }),
  );
  assertEquals(textsOf(many).length, 256);
});

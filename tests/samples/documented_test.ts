import { assertEquals } from "@std/assert";
import { EVENT_NAMES } from "../../lib/persona/event_names.ts";
import { INFLECTIONS } from "../../lib/persona/inflection.ts";
import type { JsonValue } from "../../lib/json/json.ts";
import { setAtPath } from "../../lib/json/set_at_path.ts";
import { API_VERSIONS, sampleEvent } from "../../lib/samples/samples.ts";
import { faultsOf, VERSIONS } from "../support/documented.ts";

Deno.test("sampleEvent() makes what Persona documents, in every API version and inflection", () => {
  assertEquals([...API_VERSIONS], [...VERSIONS]);
  for (const name of EVENT_NAMES) {
    for (const apiVersion of API_VERSIONS) {
      for (const inflection of INFLECTIONS) {
        const sample = sampleEvent(name, { apiVersion, inflection });
        const faults = faultsOf(sample, { version: apiVersion, inflection });
        assertEquals(faults, [], `${name} ${apiVersion} ${inflection}`);
      }
    }
  }
});

Deno.test("faultsOf() finds what is not documented", () => {
  const options = { version: "2025-12-08", inflection: "kebab" } as const;
  const attributes = "data.attributes.payload.data.attributes.";
  const table: [path: string, value: JsonValue, fault: string][] = [
    [attributes + "statsu", "approved", "inquiry.attributes.statsu is unknown"],
    [
      attributes + "status",
      "aproved",
      "inquiry.attributes.status is aproved, none of created, pending, completed, expired, failed, needs_review, approved, declined",
    ],
    [
      attributes + "status",
      null,
      "inquiry.attributes.status is no string: null",
    ],
    [
      attributes + "name-first",
      "Ada",
      "inquiry.attributes.name-first is unknown",
    ],
    [
      attributes + "failed-at",
      "now",
      'inquiry.attributes.failed-at is no date-time|null: "now"',
    ],
    [
      "data.attributes.payload.data.type",
      "inquiri",
      "data has the type inquiri",
    ],
    [
      "data.attributes.payload.data.relationships.account.data.type",
      "case",
      'inquiry.relationships.account points to {"type":"case","id":"act_1"}',
    ],
    ["data.attributes.context", {}, "context is unknown"],
  ];
  for (const [path, value, fault] of table) {
    const sample = sampleEvent("inquiry.approved");
    const id = "data.attributes.payload.data.relationships.account.data.id";
    setAtPath(sample, id.split("."), "act_1");
    assertEquals(faultsOf(sample, options), [], "before");
    setAtPath(sample, path.split("."), value);
    assertEquals(faultsOf(sample, options), [fault]);
  }
});

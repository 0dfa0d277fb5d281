import { assert, assertEquals } from "@std/assert";
import { INFLECTIONS } from "../../lib/persona/inflection.ts";
import { parseEvent, type PersonaEvent } from "../../lib/persona/event.ts";
import { API_VERSIONS } from "../../lib/samples/samples.ts";
import {
  sampleSeries,
  type Scenario,
  SCENARIOS,
} from "../../lib/samples/series.ts";
import type { SampleOptions } from "../../lib/samples/samples.ts";
import { faultsOf } from "../support/documented.ts";
import { bytesOf } from "../support/signed_delivery.ts";

const CREATED_AT = new Date("2026-11-26T12:00:00Z");

function eventsOf(scenario: Scenario, options: SampleOptions = {}) {
  return sampleSeries(scenario, { createdAt: CREATED_AT, ...options })
    .map((sample): PersonaEvent => {
      const result = parseEvent(bytesOf(JSON.stringify(sample)));
      assert(result.ok);
      return result.event;
    });
}

/** The value that all give that give one. */
function only(values: readonly unknown[]): unknown {
  const given = [
    ...new Set(values.filter((value) => (value ?? null) !== null)),
  ];
  assertEquals(given.length, 1, given.join());
  return given[0];
}

function attributesOf(
  object: PersonaEvent["object"] | undefined,
): Readonly<Record<string, unknown>> {
  return { ...object?.attributes };
}

const INQUIRY_STATUSES: Readonly<Record<Scenario, readonly string[]>> = {
  approved: ["created", "pending", "completed", "approved"],
  declined: ["created", "pending", "completed", "declined"],
  review: ["created", "pending", "completed", "needs_review"],
  expired: ["created", "pending", "expired"],
};

Deno.test("sampleSeries() is the life of one inquiry, in order", () => {
  for (const scenario of SCENARIOS) {
    const events = eventsOf(scenario, { objectId: "inq_1" });
    const times = events.map(({ createdAt }) => createdAt?.getTime() ?? NaN);
    assertEquals(times, times.toSorted((a, b) => a - b));
    assertEquals(times.at(-1), CREATED_AT.getTime());
    assertEquals(new Set(events.map(({ id }) => id)).size, events.length);
    const inquiries = events.filter(({ name }) => name.startsWith("inquiry."))
      .map(({ object }) => object);
    assertEquals(
      inquiries.map((object) => attributesOf(object).status),
      INQUIRY_STATUSES[scenario] as unknown[],
    );
    assertEquals(only(inquiries.map((object) => object?.id)), "inq_1");
    const attributes = inquiries.map(attributesOf);
    for (const name of ["createdAt", "startedAt", "completedAt"] as const) {
      if (scenario === "expired" && name === "completedAt") continue;
      only(attributes.map((one) => one[name]));
    }
    only(attributes.map((one) => one.referenceId));
  }
});

Deno.test("sampleSeries() has the same objects in all its events, each as it was left", () => {
  for (const scenario of SCENARIOS) {
    const events = eventsOf(scenario);
    const [first] = events;
    const latest = new Map<string, unknown>();
    for (const { object, included } of events) {
      for (const one of included) {
        const known = latest.get(one.id);
        if (known !== undefined) assertEquals(one, known);
        latest.set(one.id, one);
      }
      if (object) latest.set(object.id, object);
      const { inquiry } = (object?.relationships ?? {}) as {
        inquiry?: { data: { id: string } };
      };
      if (inquiry) assertEquals(inquiry.data.id, first?.object?.id);
    }
    const types = [...latest.values() as Iterable<{ type: string }>]
      .map(({ type }) => type);
    const isCaptured = scenario !== "expired";
    const counts = ["inquiry", "account", "inquiry-session"].concat(
      isCaptured ? ["verification/government-id", "verification/selfie"] : [],
    );
    assertEquals(types.toSorted(), counts.toSorted());
  }
});

Deno.test("sampleSeries() is documented in every API version and inflection", () => {
  for (const version of API_VERSIONS) {
    for (const inflection of INFLECTIONS) {
      const options = { apiVersion: version, inflection };
      for (const sample of sampleSeries("declined", options)) {
        assertEquals(faultsOf(sample, { version, inflection }), []);
      }
    }
  }
});

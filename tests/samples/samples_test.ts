import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { parseEvent, type PersonaEvent } from "../../lib/persona/event.ts";
import { EVENT_NAMES } from "../../lib/persona/event_names.ts";
import { INFLECTIONS } from "../../lib/persona/inflection.ts";
import { isObject } from "../../lib/persona/objects.ts";
import type { Relationship } from "../../lib/persona/resource.ts";
import { parsedSample } from "../../lib/samples/parsed_sample.ts";
import { sampleEvent, type SampleOptions } from "../../lib/samples/samples.ts";

const CREATED_AT = new Date("2024-02-15T23:48:17.732Z");

/** A small generator, so that samples can be compared. */
function seeded(seed = 1): () => number {
  return () => (seed = seed * 48271 % 2147483647) / 2147483647;
}

function eventOf(name: string, options: SampleOptions = {}): PersonaEvent {
  const body = JSON.stringify(sampleEvent(name, options));
  const result = parseEvent(new TextEncoder().encode(body));
  if (!result.ok) throw new Error(`${name}: ${result.reason}`);
  return result.event;
}

function attributesOf(
  name: string,
  options: SampleOptions = { createdAt: CREATED_AT },
): Record<string, unknown> {
  const { object } = eventOf(name, options);
  return { ...object?.attributes };
}

Deno.test("sampleEvent() reads back the same in every inflection", () => {
  for (const name of EVENT_NAMES) {
    const [kebab, ...others] = INFLECTIONS.map((inflection) =>
      eventOf(name, { inflection, createdAt: CREATED_AT, random: seeded() })
    );
    assert(kebab !== undefined && kebab.object !== null, name);
    assertEquals(kebab?.name, name);
    assertEquals(kebab?.createdAt, CREATED_AT, name);
    for (const event of others) {
      assertEquals(event.id, kebab?.id, name);
      assertEquals(event.name, kebab?.name, name);
      assertEquals(event.createdAt, kebab?.createdAt, name);
      assertEquals(event.object, kebab?.object, name);
      assertEquals(event.included, kebab?.included, name);
    }
  }
});

Deno.test("sampleEvent() spells keys as asked, and values as always", () => {
  const table = [
    ["kebab", "created-at", "reference-id"],
    ["camel", "createdAt", "referenceId"],
    ["snake", "created_at", "reference_id"],
  ] as const;
  for (const [inflection, createdAt, referenceId] of table) {
    const body = JSON.stringify(
      sampleEvent("inquiry.marked-for-review", { inflection }),
    );
    assert(body.includes(`"${createdAt}":"2`), inflection);
    assert(body.includes(`"${referenceId}":"user-`), inflection);
    assert(body.includes('"inquiry.marked-for-review"'), inflection);
    assert(body.includes('"inquiry-session"'), inflection);
  }
});

Deno.test("sampleEvent() makes an approved inquiry of a realistic size", () => {
  for (const inflection of INFLECTIONS) {
    const body = JSON.stringify(
      sampleEvent("inquiry.approved", { inflection }),
    );
    assert(body.length > 5500 && body.length < 10_000, String(body.length));
  }
});

Deno.test("sampleEvent() gives an object the type of its kind", () => {
  const table = [
    ["inquiry.approved", "inquiry", "inq"],
    ["verification.passed", "verification/government-id", "ver"],
    ["report/watchlist.ready", "report/watchlist", "rep"],
    ["report/crypto_address.ready", "report/crypto_address", "rep"],
    ["account.created", "account", "act"],
    ["case.created", "case", "case"],
    ["transaction.created", "transaction", "txn"],
    ["document.created", "document/government-id", "doc"],
    ["selfie.created", "selfie/profile-and-center", "self"],
    ["inquiry-session.started", "inquiry-session", "iqse"],
    ["inquiry-template-version.created", "inquiry-template-version", "itmplv"],
    ["workflow-run.created", "workflow-run", "wfr"],
  ] as const;
  for (const [name, type, prefix] of table) {
    const { id, object } = eventOf(name);
    assert(/^evt_[0-9A-Za-z]{24}$/.test(id), id);
    assertEquals(object?.type, type, name);
    assert(new RegExp(`^${prefix}_[0-9A-Za-z]{24}$`).test(object?.id ?? ""));
  }
});

Deno.test("sampleEvent() takes names that are not in the catalog", () => {
  for (
    const name of ["teapot.boiled-over", "teapot", ".x", "report/", "a.b.c"]
  ) {
    const { object } = eventOf(name);
    assert(object !== null && object.type.length > 0, name);
  }
  assertEquals(eventOf("teapot.boiled-over").object?.type, "teapot");
  assertEquals(attributesOf("teapot.boiled-over").status, "boiled_over");
});

Deno.test("sampleEvent() gives an inquiry the status that its event means", () => {
  const table = [
    ["created", "created", []],
    ["started", "pending", ["startedAt"]],
    ["transitioned", "pending", ["startedAt"]],
    ["completed", "completed", ["startedAt", "completedAt"]],
    ["failed", "failed", ["startedAt", "failedAt"]],
    ["expired", "expired", ["startedAt", "expiredAt"]],
    ["approved", "approved", ["startedAt", "completedAt", "decisionedAt"]],
    ["declined", "declined", ["startedAt", "completedAt", "decisionedAt"]],
    [
      "marked-for-review",
      "needs_review",
      ["startedAt", "completedAt", "markedForReviewAt"],
    ],
    [
      "redacted",
      "approved",
      ["startedAt", "completedAt", "decisionedAt", "redactedAt"],
    ],
  ] as const;
  const all = [
    "startedAt",
    "completedAt",
    "failedAt",
    "markedForReviewAt",
    "decisionedAt",
    "expiredAt",
    "redactedAt",
  ];
  for (const [action, status, times] of table) {
    const attributes = attributesOf(`inquiry.${action}`);
    assertEquals(attributes.status, status, action);
    assertEquals(
      all.filter((key) => attributes[key] !== null),
      [...times],
      action,
    );
  }
});

Deno.test("sampleEvent() gives other objects statuses that their events mean", () => {
  const table = [
    ["verification.passed", "status", "passed"],
    ["verification.created", "status", "initiated"],
    ["verification.requires-retry", "status", "requires_retry"],
    ["report/watchlist.matched", "hasMatch", true],
    ["report/watchlist.ready", "hasMatch", false],
    ["report/watchlist.errored", "status", "errored"],
    ["report/middesk.submitted", "status", "pending"],
    ["case.resolved", "status", "Closed"],
    ["case.reopened", "status", "Open"],
    ["document.extracted", "status", "processed"],
    ["selfie.submitted", "status", "submitted"],
    ["inquiry-session.expired", "status", "expired"],
  ] as const;
  for (const [name, key, value] of table) {
    assertEquals(attributesOf(name)[key], value, name);
  }
});

Deno.test("sampleEvent() puts no time after the event, expiry aside", () => {
  for (const name of EVENT_NAMES) {
    const text = JSON.stringify(sampleEvent(name, { createdAt: CREATED_AT }));
    const times = text.matchAll(/"([a-z-]+-at)":"([^"]+)"/g);
    for (const [, key = "", time = ""] of times) {
      const isDue = key === "expires-at" || key === "sla-expires-at";
      assert(isDue || time <= CREATED_AT.toISOString(), `${name} ${key}`);
    }
  }
});

Deno.test("sampleEvent() leaves no personal data in a redacted object", () => {
  const redacted = EVENT_NAMES.filter((name) => name.endsWith(".redacted"));
  assertEquals(redacted.length, 6);
  const isDated = new Set([
    "account.redacted",
    "case.redacted",
    "inquiry.redacted",
  ]);
  for (const name of redacted) {
    const event = eventOf(name, { createdAt: CREATED_AT });
    const { redactedAt } = attributesOf(name);
    if (isDated.has(name)) assertEquals(redactedAt, CREATED_AT.toISOString());
    const text = new TextDecoder().decode(event.raw);
    for (
      const datum of [
        "Alexandra",
        "Sample",
        "1990-01-31",
        "2025550142",
        "192.0.2.",
      ]
    ) {
      assertEquals(text.includes(datum), false, `${name} ${datum}`);
    }
  }
});

Deno.test("sampleEvent() points from the inquiry to what is included", () => {
  const { included, object } = eventOf("inquiry.approved");
  assert(isObject(object, "inquiry"));
  const { sessions, verifications, account } = object.relationships;
  const ids = [sessions, verifications, account]
    .flatMap(({ data }: Relationship = {}) => data ?? [])
    .map(({ id }) => id);
  assertEquals(ids, included.map(({ id }) => id));
});

Deno.test("sampleEvent() keeps to the ids it is given", () => {
  const options = { eventId: "evt_1", objectId: "x_1", referenceId: "me" };
  for (const name of EVENT_NAMES) {
    const { id, object } = eventOf(name, options);
    assertEquals([id, object?.id], ["evt_1", "x_1"], name);
  }
  assertEquals(attributesOf("inquiry.approved", options).referenceId, "me");
});

Deno.test("sampleEvent() makes the same of the same random numbers", () => {
  const options = () => ({ createdAt: CREATED_AT, random: seeded(7) });
  const name = "inquiry.approved";
  assertEquals(sampleEvent(name, options()), sampleEvent(name, options()));
  assertNotEquals(sampleEvent(name), sampleEvent(name));
});

Deno.test("sampleEvent() refuses an invalid date", () => {
  assertThrows(
    () => sampleEvent("inquiry.approved", { createdAt: new Date(NaN) }),
    RangeError,
  );
});

Deno.test("sampleEvent() gives each Unix time the value of its ISO time", () => {
  const text = JSON.stringify(sampleEvent("inquiry.approved"));
  const pairs = text.matchAll(/"created-at":"([^"]+)","created-at-ts":(\d+)/g);
  const found = Array.from(pairs, ([, iso = "", unix]) => [iso, unix]);
  assert(found.length > 0);
  for (const [iso = "", unix] of found) {
    assertEquals(Number(unix), Math.floor(Date.parse(iso) / 1000));
  }
});

Deno.test("sampleEvent() inflects fields of inquiries before 2025-10-27 only", () => {
  const spellings = [
    ["2023-01-05", "nameFirst"],
    ["2025-10-27", "name-first"],
  ] as const;
  for (const [apiVersion, key] of spellings) {
    const options = { inflection: "camel", apiVersion } as const;
    const { fields } = attributesOf("inquiry.approved", options);
    assert(Object.hasOwn({ ...fields as object }, key), apiVersion);
  }
});

Deno.test("sampleEvent() refuses an API version and an inflection that there are not", () => {
  for (
    const options of [{ apiVersion: "2021-02-21" }, { inflection: "pascal" }]
  ) {
    const wrong = options as unknown as SampleOptions;
    assertThrows(
      () => sampleEvent("inquiry.approved", wrong),
      RangeError,
      `must be one of`,
    );
  }
});

Deno.test("parsedSample() makes an event of the type of its name", () => {
  const event = parsedSample("inquiry.approved", { objectId: "inq_1" });
  const status: "approved" | undefined = event.object?.attributes.status ===
      "approved"
    ? "approved"
    : undefined;
  assertEquals([event.object?.id, status], ["inq_1", "approved"]);
  // @ts-expect-error: another name
  const other: PersonaEvent<"inquiry.declined"> = event;
  assertEquals(other.name as string, "inquiry.approved");
});

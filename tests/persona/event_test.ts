import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  includedOf,
  isEvent,
  parseEvent,
  type ParseResult,
  type PersonaEvent,
} from "../../lib/persona/event.ts";
import { isObject } from "../../lib/persona/objects.ts";
import { sampleEvent } from "../../lib/samples/samples.ts";

const DEPTH = 20_000;

function parse(body: unknown): ParseResult {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return parseEvent(new TextEncoder().encode(text));
}

function eventOf(body: unknown): PersonaEvent {
  const result = parse(body);
  if (!result.ok) throw new Error(`Not an event: ${result.reason}`);
  return result.event;
}

/** The smallest event, with attributes on top. */
function minimal(attributes: Record<string, unknown> = {}) {
  return {
    data: {
      type: "event",
      id: "evt_1",
      attributes: { name: "inquiry.approved", payload: {}, ...attributes },
    },
  };
}

Deno.test("parseEvent() reads a sample", () => {
  const event = eventOf(sampleEvent("inquiry.approved", {
    eventId: "evt_1",
    objectId: "inq_1",
    createdAt: new Date("2024-02-15T23:48:17.732Z"),
  }));
  assertEquals(event.id, "evt_1");
  assertEquals(event.name, "inquiry.approved");
  assertEquals(event.createdAt, new Date("2024-02-15T23:48:17.732Z"));
  assertEquals(event.object?.type, "inquiry");
  assertEquals(event.object?.id, "inq_1");
  assertEquals(event.included.map(({ type }) => type), [
    "inquiry-session",
    "verification/government-id",
    "verification/selfie",
    "account",
  ]);
});

Deno.test("parseEvent() keeps the exact bytes", () => {
  const bytes = new TextEncoder().encode(
    ` ${JSON.stringify(minimal({ n: 0 })).replace("0", "1.0e0")}\r\n`,
  );
  const result = parseEvent(bytes);
  assert(result.ok);
  if (result.ok) assertStrictEquals(result.event.raw, bytes);
});

Deno.test("parseEvent() keeps an event with an unknown name, type and status", () => {
  const event = eventOf(minimal({
    name: "teapot.boiled-over",
    payload: {
      data: { type: "teapot", id: "tea_1", attributes: { status: "hot" } },
    },
  }));
  assertEquals(event.name, "teapot.boiled-over");
  assertEquals<unknown>(event.object, {
    type: "teapot",
    id: "tea_1",
    attributes: { status: "hot" },
    relationships: {},
  });
});

Deno.test("parseEvent() keeps an event without an object", () => {
  for (const data of [undefined, null, {}, [], { id: "inq_1" }, "x"]) {
    const event = eventOf(minimal({ payload: { data } }));
    assertEquals(event.object, null);
    assertEquals(event.included, []);
  }
});

Deno.test("parseEvent() keeps an event without a payload", () => {
  for (const payload of [undefined, null, [], "{}", 1]) {
    const event = eventOf(minimal({ payload }));
    assertEquals(event.name, "inquiry.approved");
    assertEquals(event.object, null);
    assertEquals(event.included, []);
  }
});

Deno.test("parseEvent() reads created-at in every inflection", () => {
  const expected = new Date("2024-02-15T23:48:17.732Z");
  for (const key of ["created-at", "createdAt", "created_at"]) {
    const event = eventOf(minimal({ [key]: "2024-02-15T23:48:17.732Z" }));
    assertEquals(event.createdAt, expected, key);
  }
});

Deno.test("parseEvent() reads an unreadable created-at as null", () => {
  for (const value of [undefined, null, "", "soon", 1708040897, {}]) {
    assertEquals(eventOf(minimal({ "created-at": value })).createdAt, null);
  }
});

Deno.test("parseEvent() passes over a byte-order mark", () => {
  assertEquals(eventOf("\ufeff" + JSON.stringify(minimal())).id, "evt_1");
});

Deno.test("parseEvent() tells what is not JSON", () => {
  const table = [
    "",
    " ",
    "{",
    "undefined",
    "NaN",
    "a=1&b=2",
    "{'data':1}",
    JSON.stringify(minimal()) + "x",
    JSON.stringify(minimal()).slice(0, -1),
    "[".repeat(DEPTH),
  ];
  for (const text of table) {
    assertEquals(parse(text), { ok: false, reason: "not-json" }, text.slice(9));
  }
});

Deno.test("parseEvent() takes bytes that are not UTF-8 for no JSON", () => {
  const bytes = new TextEncoder().encode(JSON.stringify(minimal({ x: "é" })));
  bytes[bytes.indexOf(0xc3)] = 0xff;
  assertEquals(parseEvent(bytes), { ok: false, reason: "not-json" });
});

Deno.test("parseEvent() tells what is not an event", () => {
  const { data } = minimal();
  const table: unknown[] = [
    null,
    1,
    "text",
    true,
    [],
    [minimal()],
    {},
    { data: null },
    { data: [data] },
    { data: "event" },
    { data: { ...data, type: "inquiry" } },
    { data: { ...data, type: undefined } },
    { data: { ...data, type: ["event"] } },
    { data: { ...data, id: undefined } },
    { data: { ...data, id: "" } },
    { data: { ...data, id: 1 } },
    { data: { ...data, id: "x".repeat(256) } },
    { data: { ...data, id: "evt_1\0" } },
    { data: { ...data, attributes: undefined } },
    { data: { ...data, attributes: [] } },
    minimal({ name: undefined }),
    minimal({ name: "" }),
    minimal({ name: 1 }),
    minimal({ name: "a\nb" }),
    "[".repeat(DEPTH) + "]".repeat(DEPTH),
    '"\\ud800"',
    JSON.stringify(minimal()).replace("evt_1", "evt_\\ud800"),
    '{"__proto__":' + JSON.stringify(minimal()) + "}",
    '{"data":{"__proto__":' + JSON.stringify(data) + "}}",
  ];
  for (const body of table) {
    const expected = { ok: false, reason: "not-an-event" } as const;
    const message = JSON.stringify(body)?.slice(0, 80);
    assertEquals(
      parse(body === "text" ? '"text"' : body),
      expected,
      message ?? "undefined",
    );
  }
});

Deno.test("parseEvent() reads an event nested 20,000 deep", () => {
  const deep = '{"a-b":'.repeat(DEPTH) + "[]" + "}".repeat(DEPTH);
  const body = JSON.stringify(minimal({
    payload: {
      data: { type: "inquiry", id: "inq_1", attributes: "DEEP" },
      included: [{ type: "x", id: "x_1", attributes: "DEEP" }],
    },
  })).replaceAll('"DEEP"', deep);
  const event = eventOf(body);
  const expected = deep.replaceAll("a-b", "aB");
  assertEquals(JSON.stringify(event.object?.attributes), expected);
  assertEquals(JSON.stringify(event.included[0]?.attributes), expected);
});

Deno.test("parseEvent() converts objects once", () => {
  const event = eventOf(sampleEvent("inquiry.approved"));
  assertStrictEquals(event.object, event.object);
  assertStrictEquals(event.included, event.included);
  const bare = eventOf(minimal());
  assertStrictEquals(bare.object, bare.object);
});

Deno.test("parseEvent() gives events that print no personal data", () => {
  const event = eventOf(sampleEvent("inquiry.approved"));
  assertEquals(event.object?.type, "inquiry");
  const printed = Deno.inspect(event, { depth: 9 }) + JSON.stringify(event);
  assertEquals(printed.includes(event.id), true);
  for (const secret of ["Alexandra", "1990-01-31", "attributes"]) {
    assertEquals(printed.includes(secret), false, secret);
  }
});

Deno.test("isEvent() compares names and globs", () => {
  const event = eventOf(sampleEvent("report/watchlist.ready"));
  const table: [glob: string, expected: boolean][] = [
    ["report/watchlist.ready", true],
    ["report/*", true],
    ["*.ready", true],
    ["*", true],
    ["report/watchlist.matched", false],
    ["inquiry.*", false],
    ["", false],
  ];
  for (const [glob, expected] of table) {
    assertEquals(isEvent(event, glob), expected, glob);
  }
});

Deno.test("parseEvent() reads the context in every inflection", () => {
  for (const key of ["added-tags", "addedTags", "added_tags"]) {
    const event = eventOf(minimal({
      name: "inquiry.updated-tags",
      context: { [key]: ["VIP"] },
    }));
    assertEquals(event.context, { addedTags: ["VIP"] }, key);
    assertStrictEquals(event.context, event.context);
  }
  for (const context of [undefined, null, [], "x"]) {
    assertEquals(eventOf(minimal({ context })).context, null);
  }
  assertEquals(eventOf(minimal({ context: {} })).context, {});
});

Deno.test("includedOf() finds what came along by type and glob", () => {
  const event = eventOf(sampleEvent("inquiry.approved"));
  const table: [type: string, expected: string[]][] = [
    ["account", ["account"]],
    ["verification/*", ["verification/government-id", "verification/selfie"]],
    ["*", event.included.map(({ type }) => type)],
    ["teapot", []],
    ["verification", []],
  ];
  for (const [type, expected] of table) {
    assertEquals(includedOf(event, type).map(({ type }) => type), expected);
  }
});

Deno.test("isObject() compares types and globs", () => {
  const { object } = eventOf(sampleEvent("report/watchlist.ready"));
  assertEquals(isObject(object, "report/watchlist"), true);
  assertEquals(isObject(object, "report/*"), true);
  assertEquals(isObject(object, "*"), true);
  assertEquals(isObject(object, "inquiry"), false);
  assertEquals(isObject(null, "*"), false);
  assertEquals(isObject(undefined, "inquiry"), false);
});

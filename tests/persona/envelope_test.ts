import { assertEquals } from "@std/assert";
import { type Envelope, readEnvelope } from "../../lib/persona/envelope.ts";
import { JSON_TEXTS, NO_JSON_TEXTS, NO_UTF8 } from "../support/json_cases.ts";
import { bytesOf } from "../support/signed_delivery.ts";

const ENVELOPE: Envelope = {
  id: "evt_1",
  name: "inquiry.approved",
  createdAtMs: Date.UTC(2024, 1, 15, 23, 48, 17, 732),
  objectType: "inquiry",
  objectId: "inq_1",
};
const ABOUT_NOTHING = { ...ENVELOPE, objectType: null, objectId: null };

const CREATED_AT = '"created-at":"2024-02-15T23:48:17.732Z"';
const OBJECT = '{"type":"inquiry","id":"inq_1","attributes":{"id":"x"}}';

function eventWith(
  { id = '"id":"evt_1"', createdAt = CREATED_AT, object = OBJECT } = {},
): string {
  return `{"data":{"type":"event",${id},"attributes":{"name":"inquiry.approved",` +
    `${createdAt},"payload":{"data":${object}}}}}`;
}

function read(text: string) {
  return readEnvelope(bytesOf(text));
}

/** The envelope, or the reason why there is none. */
function outcome(text: string) {
  const result = read(text);
  return result.ok ? result.envelope : result.reason;
}

Deno.test("readEnvelope() reads an event", () => {
  assertEquals(outcome(eventWith()), ENVELOPE);
});

Deno.test("readEnvelope() reads created-at in each inflection", () => {
  for (const key of ["created-at", "createdAt", "created_at"]) {
    const createdAt = CREATED_AT.replace("created-at", key);
    assertEquals(outcome(eventWith({ createdAt })), ENVELOPE, key);
  }
  for (const key of ["created at", "CreatedAt", "createdat", "updated-at"]) {
    const createdAt = CREATED_AT.replace("created-at", key);
    const expected = { ...ENVELOPE, createdAtMs: null };
    assertEquals(outcome(eventWith({ createdAt })), expected, key);
  }
});

Deno.test("readEnvelope() takes members in any order", () => {
  const payload = `"payload":{"included":[],"data":${OBJECT}}`;
  assertEquals(
    outcome(
      `{"meta":{"data":{"id":"x"}},"data":{"attributes":{${payload},${CREATED_AT},` +
        `"name":"inquiry.approved"},"relationships":{},"id":"evt_1","type":"event"}}`,
    ),
    ENVELOPE,
  );
});

Deno.test("readEnvelope() reads escaped keys and values", () => {
  const escaped = eventWith({
    id: '"\\u0069d":"\\u0065vt_1"',
    object: '{"t\\u0079pe":"inquir\\u0079","\\u0069\\u0064":"inq_\\u0031"}',
  }).replace('"data"', '"\\u0064ata"').replace("payload", "p\\u0061yload");
  assertEquals(outcome(escaped), ENVELOPE);
  const slash = eventWith({ object: '{"type":"report\\/watchlist","id":"r"}' });
  assertEquals(outcome(slash), {
    ...ENVELOPE,
    objectType: "report/watchlist",
    objectId: "r",
  });
});

Deno.test("readEnvelope() lets the last of two equal keys count", () => {
  const first = '"id":"evt_0"';
  assertEquals(outcome(eventWith({ id: `${first},"id":"evt_1"` })), ENVELOPE);
  assertEquals(
    outcome(eventWith({ id: `"id":"evt_1",${first},"\\u0069d":"evt_1"` })),
    ENVELOPE,
  );
  for (const value of ["null", "1", "[]", '{"id":"evt_1"}']) {
    const id = `"id":"evt_1","id":${value}`;
    assertEquals(outcome(eventWith({ id })), "not-an-event", value);
  }
  const data = eventWith().slice(1, -1);
  assertEquals(outcome(`{"data":{"id":"evt_0"},${data}}`), ENVELOPE);
  assertEquals(outcome(`{${data},"data":{"id":"evt_0"}}`), "not-an-event");
  assertEquals(outcome(`{${data},"data":null}`), "not-an-event");
  const object = `${OBJECT},"data":{"type":"inquiry"}`;
  assertEquals(outcome(eventWith({ object })), ABOUT_NOTHING);
});

Deno.test("readEnvelope() takes an event about nothing", () => {
  for (
    const object of [
      ...["null", "[]", `[${OBJECT}]`, "{}", '"inquiry"', "1", "true"],
      ...['{"type":"inquiry"}', '{"id":"inq_1"}', '{"type":"","id":"inq_1"}'],
      ...['{"type":"inquiry","id":null}', '{"type":"inquiry","id":1}'],
      ...['{"type":["inquiry"],"id":"inq_1"}', '{"type":"a","id":"\\n"}'],
      `{"type":"inquiry","id":"${"x".repeat(256)}"}`,
    ]
  ) {
    assertEquals(outcome(eventWith({ object })), ABOUT_NOTHING, object);
  }
  for (
    const payload of ["", ',"payload":null', ',"payload":[]', ',"payload":1']
  ) {
    const text = eventWith().replace(/,"payload":.*/, `${payload}}}}`);
    assertEquals(outcome(text), ABOUT_NOTHING, payload);
  }
});

Deno.test("readEnvelope() takes an event without a readable time", () => {
  for (
    const value of [
      ...["null", "0", "1708040897", "{}", '""', '"yesterday"', '"2024-02-15"'],
      ...['"2024-02-15T23:48:17"', '"2024-13-45T99:99:99Z"', '["2024"]'],
    ]
  ) {
    const createdAt = `"created-at":${value}`;
    const expected = { ...ENVELOPE, createdAtMs: null };
    assertEquals(outcome(eventWith({ createdAt })), expected, value);
  }
});

Deno.test("readEnvelope() tells JSON that is no event", () => {
  for (
    const text of [
      '{"event": "test", "data": {"message": "Hello from webhook!"}}',
      ...["{}", "[]", "null", "1", '"event"', '{"data":null}', '{"data":[]}'],
      ...['{"data":{}}', '{"data":{"type":"event"}}', `[${eventWith()}]`],
      eventWith().replace('"event"', '"inquiry"'),
      eventWith().replace('"event"', '["event"]'),
      eventWith().replace('"inquiry.approved"', "null"),
      eventWith().replace('"inquiry.approved"', '""'),
      eventWith().replace('"name"', '"Name"'),
      eventWith({ id: '"id":1' }),
      eventWith({ id: '"id":""' }),
      eventWith({ id: '"id":"a\\nb"' }),
      eventWith({ id: '"id":"\\u0000"' }),
      eventWith({ id: '"id":"\\ud800"' }),
      eventWith({ id: `"id":"${"x".repeat(256)}"` }),
      eventWith({ id: '"ID":"evt_1"' }),
      eventWith({ id: '"__proto__":{"id":"evt_1"}' }),
      `{"__proto__":${eventWith()}}`,
    ]
  ) assertEquals(outcome(text), "not-an-event", text);
});

Deno.test("readEnvelope() passes over a byte-order mark, but not over two", () => {
  assertEquals(outcome(`\ufeff${eventWith()}`), ENVELOPE);
  assertEquals(outcome(`\ufeff \n${eventWith()}\r\n`), ENVELOPE);
  assertEquals(outcome(`\ufeff\ufeff${eventWith()}`), "not-json");
  assertEquals(outcome(` \ufeff${eventWith()}`), "not-json");
  assertEquals(outcome("\ufeff"), "not-json");
});

Deno.test("readEnvelope() checks all of the text, wherever it stands", () => {
  const places = (value: string) => [
    value,
    `{"data":${value}}`,
    `{"data":{"attributes":${value}}}`,
    `{"data":{"attributes":{"payload":${value}}}}`,
    `{"included":${value},"data":{}}`,
    eventWith({ object: value }),
    eventWith({ id: `"id":"evt_1","x":${value}` }),
    eventWith({ createdAt: `"created-at":${value}` }),
    eventWith({ object: `{"type":"a","id":"b","attributes":{"c":${value}}}` }),
  ];
  for (const value of JSON_TEXTS) {
    for (const text of places(value)) {
      const isJson = outcome(text) !== "not-json";
      assertEquals(isJson, true, text.slice(0, 200));
    }
  }
  for (const value of NO_JSON_TEXTS) {
    for (const text of places(value).slice(0, 3)) {
      if (isJsonToEngine(text)) continue; // Such as `1}` in an object.
      assertEquals(outcome(text), "not-json", text.slice(0, 200));
    }
  }
});

Deno.test("readEnvelope() takes bytes that are no UTF-8 for no JSON", () => {
  const [before, after] = eventWith({
    object: '{"type":"a","id":"b","attributes":{"name":"|"}}',
  }).split("|").map(bytesOf);
  for (const bytes of NO_UTF8) {
    const body = Uint8Array.from([...before!, ...bytes, ...after!]);
    assertEquals(readEnvelope(body), { ok: false, reason: "not-json" });
  }
});

Deno.test("readEnvelope() reads its view of a larger buffer", () => {
  const text = eventWith();
  const body = bytesOf(`xx${text}xx`).subarray(2, -2);
  assertEquals(readEnvelope(body), { ok: true, envelope: ENVELOPE });
});

function isJsonToEngine(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

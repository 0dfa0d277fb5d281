import { assert, assertEquals } from "@std/assert";
import {
  attemptRowFields,
  dispatchFields,
  eventFields,
  shownBody,
  shownDispatches,
  storedEventJson,
} from "../../lib/views/event_json.ts";
import type { EventRow, StoredEvent } from "../../lib/store/event_reader.ts";
import type { Attempt } from "../../lib/store/outbox.ts";
import { bytesOf, CANARY, eventText } from "../support/signed_delivery.ts";

const ROW: EventRow = {
  seq: 7,
  id: "evt_1",
  name: "inquiry.approved",
  objectType: "inquiry",
  objectId: "inq_1",
  createdAtMs: 1_750_000_000_123,
  receivedAtMs: 1_750_000_001_000,
  duplicates: 2,
  duplicatesDiffering: 0,
  status: "dead",
  secretFingerprint: "0123abcd",
  attemptsMade: 1,
  attemptsLeft: 7,
  firstAttemptedAtMs: null,
};

const FIELDS = {
  seq: 7,
  id: "evt_1",
  name: "inquiry.approved",
  objectType: "inquiry",
  objectId: "inq_1",
  createdAt: "2025-06-15T15:06:40.123Z",
  receivedAt: "2025-06-15T15:06:41.000Z",
  duplicates: 2,
  duplicatesDiffering: 0,
  status: "dead",
  signature: "verified",
  secretFingerprint: "0123abcd",
  attemptsMade: 1,
  attemptsLeft: 7,
  firstAttemptedAt: null,
};

const ATTEMPT: Attempt = {
  number: 3,
  startedAtMs: 1_750_000_002_000,
  durationMs: 12,
  outcome: "status",
  code: 500,
  output: `500 column foo does not exist: ${CANARY}`,
};

function stored(changes: Partial<StoredEvent> = {}): StoredEvent {
  return {
    row: ROW,
    contentType: "application/json",
    headers: '[["user-agent","Persona"],["authorization",null]]',
    body: bytesOf(eventText()),
    dispatches: [
      {
        destination: "app",
        status: "dead",
        dueAtMs: null,
        attemptCount: 3,
        attempts: [ATTEMPT],
      },
      {
        destination: "log",
        status: "pending",
        dueAtMs: 1_750_000_003_000,
        attemptCount: 0,
        attempts: [],
      },
    ],
    ...changes,
  };
}

/** The same text, or both the same keys in the same order. */
function assertSame(actual: unknown, expected: unknown): void {
  assertEquals(JSON.stringify(actual), JSON.stringify(expected));
}

Deno.test("eventFields() has the fields of a row in their order", () => {
  assertSame(eventFields(ROW), FIELDS);
  const unsigned = { ...ROW, secretFingerprint: null, createdAtMs: 9e15 };
  assertSame(eventFields(unsigned), {
    ...FIELDS,
    createdAt: null,
    signature: "unsigned",
    secretFingerprint: null,
  });
});

Deno.test("dispatchFields() and attemptRowFields() tell no output", () => {
  const [dead, pending] = stored().dispatches;
  assertSame(dispatchFields(dead!), {
    destination: "app",
    status: "dead",
    dueAt: null,
    attemptCount: 3,
  });
  assertSame(dispatchFields(pending!), {
    destination: "log",
    status: "pending",
    dueAt: "2025-06-15T15:06:43.000Z",
    attemptCount: 0,
  });
  const row = {
    ...ATTEMPT,
    attemptSeq: 9,
    seq: 7,
    eventId: "evt_1",
    eventName: "inquiry.approved",
    destination: "app",
    status: "dead" as const,
  };
  assertSame(attemptRowFields(row), {
    attemptSeq: 9,
    eventId: "evt_1",
    eventName: "inquiry.approved",
    destination: "app",
    number: 3,
    startedAt: "2025-06-15T15:06:42.000Z",
    durationMs: 12,
    outcome: "status",
    code: 500,
    status: "dead",
  });
});

Deno.test("storedEventJson() masks the body and what destinations said", () => {
  const text = storedEventJson(stored(), { reveal: false });
  const event = JSON.parse(text);
  const { contentType, headers, body, dispatches, ...others } = event;
  const { isRevealed, areTokensMasked, ...fields } = others;
  assertSame(fields, FIELDS);
  assertSame([isRevealed, areTokensMasked], [false, false]);
  assertSame(contentType, "application/json");
  assertSame(headers, [["user-agent", "Persona"], ["authorization", null]]);
  assertEquals(body.data.attributes.name, "inquiry.approved");
  const { attributes } = body.data.attributes.payload.data;
  assertEquals(attributes, { status: "approved", note: "<string 24>" });
  assertSame(dispatches, [
    {
      destination: "app",
      status: "dead",
      dueAt: null,
      attemptCount: 3,
      attempts: [{
        number: 3,
        startedAt: "2025-06-15T15:06:42.000Z",
        durationMs: 12,
        outcome: "status",
        code: 500,
        output: `<string ${ATTEMPT.output.length}>`,
      }],
    },
    {
      destination: "log",
      status: "pending",
      dueAt: "2025-06-15T15:06:43.000Z",
      attemptCount: 0,
      attempts: [],
    },
  ]);
});

Deno.test("storedEventJson() reveals the body as it came, on one line", () => {
  const body =
    '\ufeff{"id": 12345678901234567890,\r\n"e":\n1.10e+2, "u": "\\u00e9"}\n';
  const event = stored({ body: bytesOf(body) });
  const text = storedEventJson(event, { reveal: true });
  assert(!/[\r\n]/.test(text));
  assert(
    text.includes(
      '"body":{"id": 12345678901234567890, "e": 1.10e+2, "u": "\\u00e9"} ,"dispatches":[',
    ),
    text,
  );
  const { isRevealed, dispatches } = JSON.parse(text);
  assertEquals(isRevealed, true);
  assertEquals(dispatches[0].attempts[0].output, ATTEMPT.output);
});

Deno.test("storedEventJson() reveals access tokens in URLs only if they are asked for", () => {
  const body =
    '{"id": 1.0, "photo-url":\n"https:\\/\\/x.test\\/a?access_token=t0ken"}';
  const output = "GET https://x.test/a?access_token=t0ken: gone";
  const event = stored({ body: bytesOf(body) });
  const [dispatch, ...rest] = event.dispatches;
  const attempts = dispatch!.attempts.map((one) => ({ ...one, output }));
  const told = { ...event, dispatches: [{ ...dispatch!, attempts }, ...rest] };
  const masked = storedEventJson(told, { reveal: true });
  assert(!masked.includes("t0ken"), masked);
  assert(masked.includes('"id": 1.0'), masked);
  assert(masked.includes("https://x.test/a?access_token=<string 5>"), masked);
  const asked = storedEventJson(told, { reveal: true, tokens: true });
  assert(asked.includes(body.replace("\n", " ")), asked);
  assert(asked.includes(output), asked);
  const tells = [masked, asked, storedEventJson(told, { reveal: false })];
  assertEquals(tells.map((text) => JSON.parse(text).areTokensMasked), [
    true,
    false,
    false,
  ]);
});

const NO_EVENT = {
  id: `unrecognized_${"0".repeat(32)}`,
  name: "unrecognized",
};

Deno.test("shownBody() indents what it masks, and nothing else", () => {
  const event = stored({ body: bytesOf('{"a":["x"]}') });
  assertEquals(
    shownBody(event, { reveal: false, indent: 2 }),
    '{\n  "a": [\n    "<string 1>"\n  ],\n  "data": {\n    "attributes": {\n      "name": "inquiry.approved"\n    }\n  }\n}',
  );
  assertEquals(shownBody(event, { reveal: true, indent: 2 }), '{"a":["x"]}');
  const unrecognized = { ...event, row: { ...ROW, ...NO_EVENT } };
  assertEquals(
    shownBody(unrecognized, { reveal: false }),
    '{"a":["<string 1>"]}',
  );
});

Deno.test("storedEventJson() owns up to a body too deep to be masked", () => {
  const body = bytesOf("[".repeat(500_000) + "]".repeat(500_000));
  const event = stored({ body });
  const note = shownBody(event, { reveal: false });
  assert(JSON.parse(note).includes("nested too deeply"), note);
  const shown = JSON.parse(storedEventJson(event, { reveal: false }));
  assertEquals(JSON.stringify(shown.body), note);
  assertEquals(shown.dispatches.length, 2);
  assert(storedEventJson(event, { reveal: true }).includes("[[["));
});

Deno.test("shownDispatches() shows the length of what a destination said, in whatever spelling", () => {
  const spellings = [
    CANARY,
    btoa(CANARY),
    encodeURIComponent(CANARY),
    JSON.stringify(JSON.stringify(CANARY)),
    [...CANARY].join(" "),
    CANARY.toUpperCase(),
  ];
  for (const output of spellings) {
    for (const [outcome, code] of [["ok", 200], ["threw", null]] as const) {
      const shown = outputOf({ ...ATTEMPT, outcome, code, output });
      assertEquals(shown, `<string ${output.length}>`);
    }
  }
  assertEquals(outputOf({ ...ATTEMPT, output: "" }), "");
});

Deno.test("shownDispatches() shows the inbox's own words about a fault", () => {
  const output = "Connection refused (os error 111)";
  for (const outcome of ["unreachable", "broken-off", "not-started"]) {
    const attempt = { ...ATTEMPT, outcome, output };
    assertEquals(outputOf({ ...attempt, code: null }), output);
    // Of an older version: a success whose body broke off.
    assertEquals(outputOf({ ...attempt, code: 200 }), "<string 33>");
  }
});

function outputOf(attempt: Attempt): string | undefined {
  const [first] = stored().dispatches;
  const dispatches = [{ ...first!, attempts: [attempt] }];
  const [shown] = shownDispatches(stored({ dispatches }), { reveal: false });
  return shown?.attempts[0]?.output;
}

Deno.test("what was changed in a row is shown or told, and never thrown", () => {
  const body = bytesOf(`{"note":"${CANARY}`);
  const row = { ...ROW, receivedAtMs: 2 ** 63, createdAtMs: -(2 ** 62) };
  const changed = stored({ body, row, headers: '{"a":1}' });
  const masked = JSON.parse(storedEventJson(changed, { reveal: false }));
  assertEquals(
    masked.body,
    "<the stored body of evt_1 was changed or moved since it was written>",
  );
  assertEquals(masked.headers, null);
  assertEquals(masked.createdAt, null);
  assertEquals(masked.receivedAt, "9999-12-30T00:00:00.000Z");
  const revealed = JSON.parse(storedEventJson(changed, { reveal: true }));
  assertEquals(revealed.body, `{"note":"${CANARY}`);
});

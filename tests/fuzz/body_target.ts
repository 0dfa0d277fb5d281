// The body of a delivery: the scan says what JSON.parse says.

import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.11.0";
import { duplicateKeys } from "../../lib/json/duplicate_key.ts";
import type { JsonValue } from "../../lib/json/json.ts";
import { jsonFaultPosition } from "../../lib/json/json_fault_position.ts";
import { skipSpace, skipValue } from "../../lib/json/json_scan.ts";
import { blankComments } from "../../lib/json/jsonc.ts";
import { readEnvelope } from "../../lib/persona/envelope.ts";
import { parseEvent } from "../../lib/persona/event.ts";
import { INFLECTIONS } from "../../lib/persona/inflection.ts";
import { sampleEvent } from "../../lib/samples/samples.ts";
import { isAmbiguous, modelEnvelope } from "../support/envelope_model.ts";
import { JSON_TEXTS, NO_JSON_TEXTS } from "../support/json_cases.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { bytesOf, eventText } from "../support/signed_delivery.ts";
import { corpusOf } from "./corpus.ts";
import { type FuzzTarget, pureTarget } from "./fuzz_target.ts";
import { jsonValue, KEYS } from "./json_inputs.ts";
import { mutated } from "./mutated.ts";

const TEXT_LENGTH_MAX = 2_000;
const TOKENS = [
  ...'{}[],:"\\ \n'.split(""),
  ...KEYS.map((key) => `${JSON.stringify(key)}:`),
  ...['"id":"evt_2",', '"data":{', '"\\u0069d":', '"event"', "null", "\ufeff"],
  ...['"created-at":null,', "12345678901234567890", "1e400", "\\ud800", "-0"],
  "[".repeat(200),
  '{"data":'.repeat(100),
];

const random = new SeededRandom(7);
const samples = ["inquiry.approved", "report/watchlist.matched", "x.y"]
  .flatMap((name) =>
    INFLECTIONS.map((inflection) =>
      JSON.stringify(sampleEvent(name, {
        inflection,
        createdAt: new Date("2024-02-15T23:48:17.732Z"),
        random: () => random.next(),
      }))
    )
  );

const bodies = mutated(
  [eventText(), ...corpusOf("body"), ...samples].map(bytesOf),
  TOKENS,
);
const smallBodies = mutated(
  [eventText(), ...corpusOf("body")].map(bytesOf),
  TOKENS,
);
const texts = mutated(
  [...JSON_TEXTS, ...NO_JSON_TEXTS]
    .filter(({ length }) => length < TEXT_LENGTH_MAX).map(bytesOf),
  TOKENS,
);

function checkEnvelope(body: Uint8Array): void {
  const expected = modelEnvelope(body);
  const result = readEnvelope(body);
  if (
    result.ok && expected.ok && isAmbiguous(new TextDecoder().decode(body))
  ) {
    const { createdAtMs } = result.envelope;
    assertEquals(result.envelope, { ...expected.envelope, createdAtMs });
  } else assertEquals(result, expected);
}

/** An event whose members are of any kind, at times twice or in another order. */
const assembled = fc.record({
  id: fc.constantFrom('"evt_1"', '"\\u0065vt_1"', "7", '""', '"\\ud800"'),
  type: fc.constantFrom('"event"', '"ev\\u0065nt"', '"Event"', "null"),
  name: fc.constantFrom('"inquiry.approved"', '"é.x"', '"\\n"', "[]"),
  payload: jsonValue().map((value) => JSON.stringify(value)),
  order: fc.array(fc.nat(3), { minLength: 4, maxLength: 8 }),
  space: fc.constantFrom("", " ", "\n\t", "\r"),
}).map(({ id, type, name, payload, order, space }) => {
  const members = order.map((index) =>
    [
      `"id":${space}${id}`,
      `"type"${space}:${type}`,
      `"attributes":{"name":${name},${space}"payload":{"data":${payload}}}`,
      `"attributes":{"payload":{"data":{"type":"inquiry","id":"inq_1"}},"name":${name}}`,
    ][index]
  );
  return bytesOf(`{"data":{${members.join(`${space},`)}}}`);
});

/** An object as text, some of whose keys stand twice. */
const withDuplicates = fc.array(
  fc.tuple(fc.constantFrom("a", "b", "__proto__", "\n"), jsonValue()),
  { maxLength: 6 },
);

/** JSON with what people add to settings. */
const commented = fc.tuple(
  jsonValue(),
  fc.infiniteStream(
    fc.constantFrom("", "", "", " ", "\n", "// x\n", '/* " */', "/**/"),
  ),
);

export const BODY_TARGETS: readonly FuzzTarget[] = [
  pureTarget("body: the scan of mutated events agrees with JSON.parse", {
    runs: 1_000,
    inputs: bodies,
    check: checkEnvelope,
  }),
  pureTarget("body: the scan of mutated small events agrees with JSON.parse", {
    runs: 3_000,
    inputs: smallBodies,
    check: checkEnvelope,
  }),
  pureTarget("body: the scan of assembled events agrees with JSON.parse", {
    runs: 1_000,
    inputs: assembled,
    check: checkEnvelope,
  }),
  pureTarget("body: what has an envelope is an event with the same fields", {
    runs: 500,
    inputs: fc.oneof(smallBodies, assembled),
    check(body) {
      const [envelope, parsed] = [readEnvelope(body), parseEvent(body)];
      assertEquals(parsed.ok, envelope.ok);
      if (!parsed.ok || !envelope.ok) return;
      const { id, name, object, included, context } = parsed.event;
      assertEquals([id, name], [envelope.envelope.id, envelope.envelope.name]);
      assert(Array.isArray(included) && typeof context === "object");
      const { objectId, objectType } = envelope.envelope;
      if (objectId === null) return;
      assertEquals([object?.id, object?.type], [objectId, objectType]);
    },
  }),
  pureTarget("body: a text is JSON as JSON.parse says, or a fault in it", {
    runs: 3_000,
    inputs: texts,
    check(bytes) {
      const text = new TextDecoder().decode(bytes);
      const isJson = isAccepted(() => JSON.parse(text));
      assertEquals(isAccepted(() => scanAll(bytesOf(text))), isJson);
      if (isJson) return;
      const { line, column } = jsonFaultPosition(text);
      const lines = text.split("\n");
      assert(line >= 1 && line <= lines.length);
      assert(column >= 1 && column <= lines[line - 1]!.length + 1);
    },
  }),
  pureTarget("body: the keys that stand twice are found, and no others", {
    runs: 300,
    inputs: withDuplicates,
    check(entries) {
      const members = entries.map(([key, value]) =>
        `${JSON.stringify(key)}:${JSON.stringify(value)}`
      );
      const keys = entries.map(([key]) => key);
      assertEquals(
        duplicateKeys(`{${members.join(",\n")}}`),
        keys.flatMap((key, index) =>
          keys.indexOf(key) < index ? [{ key, line: index + 1 }] : []
        ),
      );
    },
  }),
  pureTarget("body: comments and trailing commas change no value", {
    runs: 300,
    inputs: commented,
    check([value, stream]) {
      const text = write(value, () => stream.next().value);
      const json = blankComments(text);
      assertEquals(json.length, text.length);
      assertEquals(JSON.parse(json), JSON.parse(JSON.stringify(value)));
    },
  }),
];

function scanAll(bytes: Uint8Array): void {
  const end = skipSpace(bytes, skipValue(bytes, 0));
  if (end !== bytes.length) throw new SyntaxError(`more at ${end}`);
}

function isAccepted(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Writes JSON with something between any two tokens, and trailing commas. */
function write(value: JsonValue, between: () => string): string {
  if (typeof value !== "object" || value === null) {
    return `${between()}${JSON.stringify(value)}${between()}`;
  }
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item) => write(item, between))
    : Object.entries(value).map(([key, item]) =>
      `${between()}${JSON.stringify(key)}${between()}:${write(item, between)}`
    );
  const last = items.length > 0 && between() !== "" ? "," : "";
  const inside = `${items.join(",")}${last}${between()}`;
  const [open, close] = isList ? "[]" : "{}";
  return `${between()}${open}${inside}${close}${between()}`;
}

import { assert, assertEquals } from "@std/assert";
import { readEnvelope } from "../../lib/persona/envelope.ts";
import { INFLECTIONS } from "../../lib/persona/inflection.ts";
import { sampleEvent } from "../../lib/samples/samples.ts";
import { isAmbiguous, modelEnvelope } from "../support/envelope_model.ts";
import { mutate } from "../support/mutate.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { bytesOf, eventText } from "../support/signed_delivery.ts";

const KEYS = ["data", "attributes", "payload", "type", "id", "name"];
const TOKENS = [
  ...'{}[],:"\\ \n'.split(""),
  ...KEYS.map((key) => `"${key}":`),
  ...['"id":"evt_2",', '"data":{', '"\\u0069d":', '"event"', "null", "\ufeff"],
  ...['"__proto__":', '"created-at":null,', "12345678901234567890", "\\ud800"],
].map(bytesOf);

function assertAgrees(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  const expected = modelEnvelope(body);
  const result = readEnvelope(body);
  if (result.ok && expected.ok && isAmbiguous(text)) {
    const { createdAtMs } = result.envelope;
    assertEquals(result.envelope, { ...expected.envelope, createdAtMs }, text);
  } else assertEquals(result, expected, text);
  return result.ok ? "ok" : result.reason;
}

function assertAllOutcomes(outcomes: string[], countMin: number): void {
  for (const outcome of ["ok", "not-json", "not-an-event"]) {
    const count = outcomes.filter((other) => other === outcome).length;
    assert(count >= countMin, `${outcome}: ${count}`);
  }
}

Deno.test("readEnvelope() agrees with JSON.parse on mutated small events", () => {
  const random = new SeededRandom(4);
  const event = bytesOf(eventText());
  const outcomes = Array.from(
    { length: 40_000 },
    () => assertAgrees(mutate(event, random, TOKENS)),
  );
  assertAllOutcomes(outcomes, 200);
});

Deno.test("readEnvelope() agrees with JSON.parse on mutated samples", () => {
  const random = new SeededRandom(5);
  const samples = ["inquiry.approved", "report/watchlist.matched", "x.y"]
    .flatMap((name) =>
      INFLECTIONS.map((inflection) =>
        bytesOf(JSON.stringify(sampleEvent(name, {
          inflection,
          createdAt: new Date("2024-02-15T23:48:17.732Z"),
          random: () => random.next(),
        })))
      )
    );
  for (const sample of samples) assertEquals(assertAgrees(sample), "ok");
  const outcomes = Array.from(
    { length: 4_000 },
    () => assertAgrees(mutate(random.pick(samples), random, TOKENS)),
  );
  assertAllOutcomes(outcomes, 10);
});

Deno.test("readEnvelope() agrees with JSON.parse on events put together at random", () => {
  const random = new SeededRandom(6);
  const outcomes = Array.from(
    { length: 20_000 },
    () => assertAgrees(bytesOf(randomBody(random))),
  );
  assertAllOutcomes(outcomes, 200);
});

/** Mostly an event, with members in any order, twice, missing, escaped or of another kind. */
function randomBody(random: SeededRandom): string {
  const { next, scalar, object } = generator(random);
  const inner = () =>
    object({ type: () => scalar("inquiry"), id: () => scalar("inq_1") });
  const payload = () => object({ data: inner, included: () => `[${inner()}]` });
  const attributes = () =>
    object({
      name: () => scalar("inquiry.approved"),
      [random.pick(["created-at", "createdAt", "created_at"])]: () =>
        scalar("2024-02-15T23:48:17.732Z"),
      payload,
    });
  const data = () =>
    object({
      type: () => scalar("event"),
      id: () => scalar(`evt_${random.below(1000)}`),
      attributes,
    });
  const text = object({ data, meta: inner });
  return next(0.02) ? text.slice(0, -1) : text;
}

function generator(random: SeededRandom) {
  const next = (chance: number) => random.next() < chance;
  const space = () => next(0.1) ? random.pick([" ", "\n", "\t \r"]) : "";

  function string(text: string): string {
    const escaped = Array.from(text, (character) => {
      const hex = character.charCodeAt(0).toString(16).padStart(4, "0");
      return next(0.02) ? `\\u${hex}` : character;
    });
    return `"${escaped.join("")}"`;
  }

  function scalar(usual: string): string {
    if (next(0.97)) return string(usual);
    const others = ["null", "1e400", "[]", "{}", '""', '"\\n"', '"\\ud800x"'];
    return random.pick([...others, '{"id":"x"}', "-0", '"\u2028"', '"é"']);
  }

  function object(members: Record<string, () => string>): string {
    if (next(0.01)) return random.pick(["null", "[]", "7", '"data"', "{}"]);
    const entries = Object.entries(members)
      .filter(() => next(0.985))
      .flatMap((entry) => next(0.05) ? [entry, entry] : [entry]);
    if (next(0.1)) entries.push(["__proto__", () => '{"id":"x"}']);
    entries.sort(() => random.next() - 0.5);
    const texts = entries.map(([key, value]) =>
      `${space()}${string(key)}${space()}:${space()}${value()}${space()}`
    );
    return `{${texts.join(",") || space()}}`;
  }

  return { next, scalar, object };
}

import { assert, assertEquals } from "@std/assert";
import { INFLECTIONS } from "../../lib/persona/inflection.ts";
import { mapJson } from "../../lib/persona/map_json.ts";
import { maskScalar } from "../../lib/persona/mask_scalar.ts";
import { sampleEvent } from "../../lib/samples/samples.ts";
import { createScrubber } from "../../lib/persona/scrub.ts";
import { bytesOf } from "../support/signed_delivery.ts";

const OUTPUT_BYTES_MAX = 4_096;

function scrub(body: string, ...outputs: string[]): string[] {
  const options = { outputBytesMax: OUTPUT_BYTES_MAX };
  return outputs.map(createScrubber(bytesOf(body), options));
}

/** An event about a person. */
function bodyOf(attributes: Record<string, unknown>): string {
  return JSON.stringify({
    data: {
      type: "event",
      id: "evt_1",
      attributes: {
        name: "inquiry.approved",
        "created-at": "2024-02-15T23:48:17.732Z",
        payload: {
          data: { type: "inquiry", id: "inq_1", attributes },
        },
      },
    },
  });
}

const PERSON = bodyOf({
  status: "approved",
  "reference-id": "user-4711",
  "name-first": "Zoë Straße",
  "name-middle": " Ivo ",
  "name-last": 'O\'Neill\n"Jo"',
  initials: "ZS",
  address: "5 Via Appia/Roma 100% \\o/",
  name_native: "Γιώργος 🙂 Иван",
  birthdate: "1990-01-31",
  age: 35,
  income: 1500.5,
  tags: ["Ivo Maria", "Maria"],
  emoji: "🙂🙂",
});

Deno.test("createScrubber() leaves what tells of no person", () => {
  const outputs = [
    "",
    "500 column foo does not exist",
    "Cannot find inq_1 of evt_1, inquiry.approved at 2024-02-15T23:48:17.732Z",
    "inquiry approved 35 times, ZS, 1990",
    '{"error":"no such user"}\n\tat line 12\r\n\x1b[31m%41%zz \\u00zz \\q &nope; &#1;',
    "🙂",
    "C:\\New\\Users\\U0041 \\",
  ];
  assertEquals(scrub(PERSON, ...outputs), outputs);
});

Deno.test("createScrubber() hides every value of the payload, however it is written", () => {
  const table: [output: string, expected: string][] = [
    ["no user-4711 here", "no <masked> here"],
    ["USER-4711user-4711", "<masked><masked>"],
    ["born 1990-01-31.", "born <masked>."],
    ["zoë straße, ZOË STRASSE, ZOË STRAßE", "<masked>, <masked>, <masked>"],
    ["[Ivo] [ivo ]", "[<masked>] [<masked> ]"],
    ["Ivo Maria, Maria Ivo", "<masked>, <masked> <masked>"],
    ["ΓΙΏΡΓΟΣ 🙂 ИВАН!", "<masked>!"],
    ["🙂🙂", "<masked>"],
    ["🙂🙂🙂", "<masked>"],
    [`name O'Neill\n"Jo"!`, "name <masked>!"],
    ['{"n":"O\'Neill\\n\\"Jo\\""}', '{"n":"<masked>"}'],
    ['{"n":"Zo\\u00eb Stra\\u00DFe"}', '{"n":"<masked>"}'],
    ['"5 Via Appia\\/Roma 100% \\\\o\\/"', '"<masked>"'],
    ["/?a=5%20Via%20Appia%2FRoma%20100%25%20%5Co%2F&", "/?a=<masked>&"],
    ["/?a=5+Via+Appia%2froma+100%25+%5co%2f&", "/?a=<masked>&"],
    ["?Zo%C3%AB%20Stra%C3%9Fe?", "?<masked>?"],
    [
      `?${encodeURIComponent("Γιώργος 🙂 Иван")}?`,
      "?<masked>?",
    ],
    ["<pre>O&#39;Neill\n&quot;Jo&#x22;</pre>", "<pre><masked></pre>"],
    ["income 1500.5, -1500.5", "income <masked>, -<masked>"],
  ];
  for (const [output, expected] of table) {
    assertEquals(scrub(PERSON, output), [expected], output);
  }
});

Deno.test("createScrubber() hides the longest of several values, and all of them", () => {
  const body = bodyOf({ a: "abcd", b: "cdef", c: "abcdefgh", d: "xyz" });
  assertEquals(
    scrub(body, "abcdef", "ABCDEFGH", "abcdefg", "abc", "abcdxyz"),
    ["<masked>", "<masked>", "<masked>g", "abc", "<masked><masked>"],
  );
});

Deno.test("createScrubber() hides numbers of any length as they stand", () => {
  const body =
    '{"data":{"ssn":12345678901234567890,"n":[1e21,-9876,0.1000,999]}}';
  const table: [output: string, expected: string][] = [
    ["12345678901234567890", "<masked>"],
    ["12345678901234567000", "<masked>"],
    ["-9876 9876", "-<masked> <masked>"],
    ["0.1000 0.1", "<masked> 0.1"],
    ["1e21 999", "1e21 999"],
  ];
  for (const [output, expected] of table) {
    assertEquals(scrub(body, output), [expected]);
  }
});

Deno.test("createScrubber() hides what a cut left of a value", () => {
  const body = bodyOf({ a: "Canary-Jo", image: "R0lGODlhAQ".repeat(1_000) });
  const filler = "x".repeat(OUTPUT_BYTES_MAX);
  const cut = (text: string) => text.slice(0, OUTPUT_BYTES_MAX);
  const cutTail = (text: string) => text.slice(-OUTPUT_BYTES_MAX);
  const table: [output: string, expected: string][] = [
    [cut(filler.slice(4) + "Canary-Jo"), filler.slice(4) + "<masked>"],
    [cut(filler.slice(2) + "Canary-Jo"), filler.slice(2) + "Ca"],
    [cutTail("Canary-Jo" + filler.slice(5)), "<masked>" + filler.slice(5)],
    [cutTail("Canary-Jo" + filler.slice(2)), "Jo" + filler.slice(2)],
    [cut("got " + "R0lGODlhAQ".repeat(1_000)), "got <masked>"],
    [cutTail("R0lGODlhAQ".repeat(1_000) + "\n"), "<masked>\n"],
    ["Canary", "Canary"],
  ];
  for (const [output, expected] of table) {
    assertEquals(scrub(body, output), [expected], output.slice(-20));
  }
  const ending = (text: string) => filler.slice(text.length) + text;
  const person = bodyOf({ a: "Иван & Ева" });
  const escaped = [
    "\\u0418\\u0432\\u0430\\u04",
    "\\u0418\\u0432\\u0430\\",
    "%D0%98%D0%B2%D0%B0%D0",
    "%D0%98%D0%B2%D0%B0%D0%B",
    "%d0%98%d0%b2%d0%b0%d0%bd%",
    "Иван &a",
    "Иван &#x2",
  ];
  for (const text of escaped) {
    const expected = filler.slice(text.length) + "<masked>";
    assertEquals(scrub(person, ending(text)), [expected], text);
  }
  // The last character did not fit.
  const output = filler.slice(9) + "Canary";
  assertEquals(bytesOf(output).length, OUTPUT_BYTES_MAX - 3);
  assertEquals(scrub(body, output), [filler.slice(9) + "<masked>"]);
});

Deno.test("createScrubber() leaves no personal value of a sample that is echoed", () => {
  for (const inflection of INFLECTIONS) {
    for (const name of ["inquiry.approved", "report/watchlist.ready"]) {
      let canaries = 0;
      const canary = mapJson(sampleEvent(name, { inflection }), {
        scalar: (scalar, key) =>
          scalar === name || maskScalar(scalar, key) === scalar
            ? scalar
            : `Canary ${++canaries}`,
      });
      assert(canaries > 3, name);
      const body = JSON.stringify(canary);
      const outputs = [
        body.slice(0, OUTPUT_BYTES_MAX),
        body.slice(-OUTPUT_BYTES_MAX),
        JSON.stringify(body).slice(0, OUTPUT_BYTES_MAX),
        encodeURIComponent(body).slice(0, OUTPUT_BYTES_MAX),
        new URLSearchParams({ body }).toString().slice(0, OUTPUT_BYTES_MAX),
      ];
      for (const scrubbed of scrub(body, ...outputs)) {
        assert(!/Can(?:ary|$)/.test(scrubbed), scrubbed);
        assert(scrubbed.includes("masked"), scrubbed);
      }
      assert(scrub(body, `no ${name}`)[0] === `no ${name}`);
    }
  }
});

Deno.test("createScrubber() leaves only the length where it cannot tell", () => {
  for (const body of ["", "{", "Canary", '{"a":"Canary"} x']) {
    assertEquals(scrub(body, "a Canary", ""), ["<string 8>", ""], body);
  }
  const many = Array.from({ length: 90_000 }, (_, i) => `"aaa${i}"`);
  const [told] = scrub(`[${many}]`, "a".repeat(OUTPUT_BYTES_MAX));
  assertEquals(told, `<string ${OUTPUT_BYTES_MAX}>`);
});

Deno.test("createScrubber() takes any JSON, deep or large", () => {
  const depth = 200_000;
  const deep = '{"a":'.repeat(depth) + '"Canary"' + "}".repeat(depth);
  const large = `{"a":"Canary","b":"${"xy\\n".repeat(1 << 18)}"}`;
  const list = `[${Array.from({ length: 100_000 }, (_, i) => `"v-${i}"`)}]`;
  const bodies = ['"Canary"', '["Canary"]', '\ufeff["canary"]', deep, large];
  for (const body of bodies) {
    assertEquals(scrub(body, "a Canary!"), ["a <masked>!"], body.slice(0, 20));
  }
  assertEquals(scrub("null", "a Canary!"), ["a Canary!"]);
  const [hidden] = scrub(list, "v-1 v-99999");
  assert(hidden === "<masked> <masked>", hidden);
});

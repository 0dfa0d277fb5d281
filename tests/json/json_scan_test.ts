import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  isText,
  readText,
  skipMembers,
  skipSpace,
  skipValue,
} from "../../lib/json/json_scan.ts";
import { JSON_TEXTS, NO_JSON_TEXTS } from "../support/json_cases.ts";
import { mutate } from "../support/mutate.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { bytesOf } from "../support/signed_delivery.ts";

const MUTATIONS = 30_000;

const TOKENS = [
  ...'{}[],:"\\-+.eE019 \t\n\0'.split(""),
  ...["\\u", "\\u00e9", '\\"', "null", "true", "false", '"":', "é", "\u2028"],
].map(bytesOf);

/** Whether the bytes are one value and nothing else. */
function isJson(bytes: Uint8Array): boolean {
  try {
    return skipSpace(bytes, skipValue(bytes, 0)) === bytes.length;
  } catch (error) {
    assert(error instanceof SyntaxError, String(error));
    return false;
  }
}

function isJsonToEngine(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The names and values that `skipMembers()` reports, as texts. */
function membersOf(text: string): [string, string][] {
  const bytes = bytesOf(text);
  const members: [string, string][] = [];
  const end = skipMembers(bytes, 0, (nameAt, at) => {
    const name = readText(bytes, nameAt) ?? "";
    const valueEnd = skipValue(bytes, at);
    const value = new TextDecoder().decode(bytes.subarray(at, valueEnd));
    members.push([name, value.trim()]);
    return valueEnd;
  });
  assertEquals(end, bytes.length, text);
  return members;
}

Deno.test("skipValue() accepts what is JSON", () => {
  for (const text of JSON_TEXTS) {
    const shown = text.slice(0, 80);
    assert(isJsonToEngine(text), `JSON.parse: ${shown}`);
    assert(isJson(bytesOf(text)), shown);
  }
});

Deno.test("skipValue() rejects what is no JSON", () => {
  for (const text of NO_JSON_TEXTS) {
    const shown = text.slice(0, 80);
    assert(!isJsonToEngine(text), `JSON.parse: ${shown}`);
    assert(!isJson(bytesOf(text)), shown);
  }
});

Deno.test("skipValue() rejects each text that is cut short", () => {
  const text =
    ' {"a\\u00e9":[true,null,-1.5e+3,"x\\n\\u0041"],"b":{"c":false}}';
  for (let end = 0; end < text.length; end++) {
    assert(!isJson(bytesOf(text.slice(0, end))), text.slice(0, end));
  }
  assert(isJson(bytesOf(text)));
});

Deno.test("skipValue() agrees with JSON.parse on each byte after each prefix", () => {
  const prefixes = ["", "-", "0", "1", "1.", "1e", "tru", "[", "[1", "[1,"];
  const more = [
    '"',
    '"\\',
    '"\\u00',
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
  ];
  for (const prefix of [...prefixes, ...more]) {
    for (const suffix of ["", "0", '"', "]", "}", '"]', '":1}', '0041"']) {
      for (let code = 0; code < 128; code++) {
        const text = prefix + String.fromCharCode(code) + suffix;
        assertEquals(
          isJson(bytesOf(text)),
          isJsonToEngine(text),
          JSON.stringify(text),
        );
      }
    }
  }
});

Deno.test("skipValue() agrees with JSON.parse on each byte at each position of a string", () => {
  for (let position = 0; position < 12; position++) {
    for (let code = 0; code < 128; code++) {
      const letters = [..."abcdefghijkl"];
      letters[position] = String.fromCharCode(code);
      const text = `["${letters.join("")}","z"]`;
      assertEquals(isJson(bytesOf(text)), isJsonToEngine(text), text);
    }
  }
});

Deno.test("skipValue() agrees with JSON.parse on mutations", () => {
  const random = new SeededRandom(3);
  const short = JSON_TEXTS.filter((text) => text !== "" && text.length < 100)
    .map(bytesOf);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let accepted = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const bytes = mutate(random.pick(short), random, TOKENS);
    const text = decoder.decode(bytes);
    const isAccepted = isJson(bytes);
    assertEquals(isAccepted, isJsonToEngine(text), JSON.stringify(text));
    if (isAccepted) accepted++;
  }
  assert(accepted > MUTATIONS / 20 && accepted < MUTATIONS / 2, `${accepted}`);
});

Deno.test("skipValue() returns where the value ends", () => {
  const table = [
    ["1,2", 1],
    ["  [1] ,", 5],
    ['"a":1', 3],
    ["true]", 4],
    ["{}}", 2],
    ["-1.5e3x", 6],
  ] as const;
  for (const [text, end] of table) {
    assertEquals(skipValue(bytesOf(text), 0), end, text);
  }
});

Deno.test("skipMembers() tells each member of an object", () => {
  assertEquals(membersOf('{"a":1,"b" : [2, {}] ,"a":"x"}'), [
    ["a", "1"],
    ["b", "[2, {}]"],
    ["a", '"x"'],
  ]);
  assertEquals(
    membersOf('{"\\u0069d":1,"__proto__":2,"\\"":3,"木":4,"\\ud800":5,"":6}')
      .map(([name]) => name),
    ["id", "__proto__", '"', "木", "\ud800", ""],
  );
  assertEquals(membersOf(' {"\ufeffa":1}'), [["\ufeffa", "1"]]);
});

Deno.test("skipMembers() passes over what is no object", () => {
  for (const text of ["{}", "{ }", "[]", '[{"a":1}]', '"{}"', "1", "null"]) {
    assertEquals(membersOf(text), [], text);
  }
});

Deno.test("skipMembers() throws where the object is none", () => {
  for (
    const text of [
      "",
      "{",
      "{,}",
      '{"a"}',
      '{"a":}',
      '{"a":1',
      '{"a":1,',
      "[1,",
    ]
  ) assertThrows(() => membersOf(text), SyntaxError, "Not JSON at byte", text);
  for (
    const text of ['{"a":1,}', '{"a":1]', '{"a":1 "b":2}', "{1:2}", "{a:1}"]
  ) {
    assertThrows(() => membersOf(text), SyntaxError, "Not JSON at byte", text);
  }
});

Deno.test("readText() reads strings and nothing else", () => {
  const table = [
    ['"a"', "a"],
    [' \n"a"', "a"],
    ['""', ""],
    ['"\\u0041\\n\\\\\\"\\/"', 'A\n\\"/'],
    ['"\\ud83d\\ude00 é"', "😀 é"],
    ['"\\ud83d"', "\ud83d"],
    ['"\ufeffa"', "\ufeffa"],
    ['"\u2028\\t"', "\u2028\t"],
    ["1", undefined],
    ["null", undefined],
    ['["a"]', undefined],
    ["", undefined],
  ] as const;
  for (const [text, expected] of table) {
    assertEquals(readText(bytesOf(text), 0), expected, text);
  }
});

Deno.test("isText() compares a string with a text, escaped or not", () => {
  const same = ['"id"', '"\\u0069d"', '"i\\u0064"', '"\\u0069\\u0064"'];
  for (const text of same) {
    assert(isText(bytesOf(text), 0, bytesOf("id")), text);
  }
  const others = [
    '""',
    '"i"',
    '"ida"',
    '"Id"',
    '"i\\"d"',
    '"id\\u0000"',
    '"id\\\\"',
  ];
  for (const text of [...others, '"\\u0049d"', '"xid"', '"id\\n"', '"\\id"']) {
    const isJson = isJsonToEngine(text);
    if (isJson) assert(!isText(bytesOf(text), 0, bytesOf("id")), text);
  }
  assert(isText(bytesOf('"\\u00e9\\n"'), 0, bytesOf("é\n")));
});

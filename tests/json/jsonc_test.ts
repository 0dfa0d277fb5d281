import { assertEquals, assertThrows } from "@std/assert";
import { blankComments } from "../../lib/json/jsonc.ts";

Deno.test("blankComments() leaves JSON, each character at its place", () => {
  const text = `{ // why "so"
  "a": "// no /* comment */ ,]", /* two
  lines, */ "b": [1, { "c": 2, }, /* here, */ ], // and, ]
}`;
  const json = blankComments(text);
  assertEquals(JSON.parse(json), {
    a: "// no /* comment */ ,]",
    b: [1, { c: 2 }],
  });
  assertEquals(json.length, text.length);
  for (const part of ['"a"', '"b"', '"c"']) {
    assertEquals(json.indexOf(part), text.indexOf(part));
  }
  assertEquals(json.split("\n").length, text.split("\n").length);
});

Deno.test("blankComments() changes nothing in JSON", () => {
  for (
    const json of [
      '{"a":[1,2,{"b":"\\"//\\\\"}],"c":"/*"}',
      '"*/"',
      "[[],{}]",
      "1",
      "",
      '["http://a.example/*", "x,]"]',
    ]
  ) {
    assertEquals(blankComments(json), json);
  }
});

Deno.test("blankComments() makes no JSON of what is none", () => {
  for (
    const text of ["[,]", "{,}", "[1,,]", '{"a":,}', "/* open", '["a, ]', "#a"]
  ) {
    assertThrows(() => JSON.parse(blankComments(text)), SyntaxError);
  }
});

Deno.test("blankComments() takes any length", () => {
  const long = "x ".repeat(1e6);
  for (
    const text of [
      `"${long}"`,
      `/*${long}*/1`,
      `//${long}\n1`,
      `1${" ".repeat(1e6)}`,
    ]
  ) {
    JSON.parse(blankComments(text));
  }
});

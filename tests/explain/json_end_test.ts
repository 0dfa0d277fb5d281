import { assert } from "@std/assert";
import { endsInTheMiddle } from "../../lib/explain/json_end.ts";
import { JSON_TEXTS } from "../support/json_cases.ts";

const SHORT = JSON_TEXTS.filter((text) => text.length < 1_000);

Deno.test("endsInTheMiddle() tells JSON from its beginning, wherever it was cut", () => {
  for (const text of SHORT) {
    assert(!endsInTheMiddle(text), text);
    const start = text.trimStart();
    if (!/^[{[]/.test(start)) continue;
    const whole = start.trimEnd();
    for (let length = 1; length < whole.length; length++) {
      assert(endsInTheMiddle(whole.slice(0, length)), whole.slice(0, length));
    }
  }
});

Deno.test("endsInTheMiddle() tells what is no beginning of JSON", () => {
  for (
    const text of [
      "",
      "a",
      "{a",
      "{1",
      "[00",
      "[.5",
      "[trua",
      "[1 2",
      '{"a":1,,',
      '["a" "b',
      "[}",
      "[1}{",
      '{"a"}{',
    ]
  ) assert(!endsInTheMiddle(text), text);
});

Deno.test("endsInTheMiddle() takes time in proportion to the text", () => {
  const size = 2_000_000;
  for (
    const text of [
      "[".repeat(size),
      `[${"a".repeat(size)}!`,
      `["${"\\".repeat(size)}`,
      "[" + "[],".repeat(size / 2),
    ]
  ) endsInTheMiddle(text);
});

import { assertEquals } from "@std/assert";
import { ageText, countdownText, spanText } from "../../lib/web/span_text.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

Deno.test("spanText() says one number and one unit", () => {
  const cases: [ms: number, text: string][] = [
    [0, "0 ms"],
    [31.4, "31 ms"],
    [999, "999 ms"],
    [SECOND, "1 s"],
    [1_290, "1.2 s"],
    [9_999, "9.9 s"],
    [10 * SECOND, "10 s"],
    [MINUTE - 1, "59 s"],
    [MINUTE, "1 min"],
    [HOUR - 1, "59 min"],
    [HOUR, "1 h"],
    [2 * DAY - 1, "47 h"],
    [2 * DAY, "2 d"],
    [400 * DAY, "400 d"],
    [-3 * MINUTE, "3 min"],
  ];
  for (const [ms, text] of cases) assertEquals(spanText(ms), text);
});

Deno.test("ageText() counts whole seconds, and takes the near future for now", () => {
  const cases: [ms: number, text: string][] = [
    [-400 * DAY, "in 400 d"],
    [-10 * SECOND, "in 10 s"],
    [-9_999, "now"],
    [0, "now"],
    [999, "now"],
    [1_999, "1 s"],
    [59_999, "59 s"],
    [MINUTE, "1 min"],
    [3 * HOUR, "3 h"],
  ];
  for (const [ms, text] of cases) assertEquals(ageText(ms), text);
});

Deno.test("countdownText() says how far away something is", () => {
  assertEquals(countdownText(28_400), "in 28 s");
  assertEquals(countdownText(2 * HOUR), "in 2 h");
  assertEquals(countdownText(0), "now");
  assertEquals(countdownText(-MINUTE), "now");
});

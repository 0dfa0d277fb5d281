import { assertEquals } from "@std/assert";
import { durationText } from "../../lib/lines/duration_text.ts";
import { shortId } from "../../lib/lines/short_id.ts";
import { cutText, textWidth } from "../../lib/lines/text_width.ts";

Deno.test("textWidth() counts the columns that a terminal takes", () => {
  const table: [text: string, width: number][] = [
    ["", 0],
    ["abc", 3],
    ["é…→", 3],
    ["e\u0301", 1],
    ["漢字", 4],
    ["한", 2],
    ["𠀀", 2],
    ["😀", 2],
    ["a\u200bb", 2],
  ];
  for (const [text, width] of table) assertEquals(textWidth(text), width, text);
});

Deno.test("cutText() keeps what there is room for", () => {
  const table: [text: string, columns: number, expected: string][] = [
    ["abcd", 4, "abcd"],
    ["abcd", 3, "ab…"],
    ["abcd", 1, "…"],
    ["漢字漢", 6, "漢字漢"],
    ["漢字漢", 5, "漢字…"],
    ["漢字漢", 4, "漢…"],
    ["a😀b", 3, "a…"],
  ];
  for (const [text, columns, expected] of table) {
    assertEquals(cutText(text, columns), expected);
  }
});

Deno.test("shortId() keeps the kind and the first characters", () => {
  const table: [id: string, expected: string][] = [
    ["evt_VpxXk3mJ9sQw", "evt_VpxX…"],
    ["evt_VpxXk", "evt_VpxXk"],
    ["evt_1", "evt_1"],
    ["0123456789", "0123…"],
    ["a_very_long_id", "a_very…"],
    ["unrecognized_2f54d2b3-c1eb", "unrecognized_2f54…"],
    ["surely_noprefix", "surely_nopr…"],
    ["certainlynoprefix_1", "cert…"],
  ];
  for (const [id, expected] of table) assertEquals(shortId(id), expected);
});

Deno.test("durationText() uses the largest unit that fits twice", () => {
  const table: [seconds: number, expected: string][] = [
    [0, "0 s"],
    [119, "119 s"],
    [120, "2 min"],
    [7_199, "119 min"],
    [7_200, "2 h"],
    [172_800, "2 d"],
    [1_795_636_421, "20782 d"],
  ];
  for (const [seconds, expected] of table) {
    assertEquals(durationText(seconds), expected);
  }
});

import { assertEquals } from "@std/assert";
import { visibleText } from "../../lib/web/visible_text.js";

Deno.test("visibleText() escapes what hides, and nothing else", () => {
  const cases: [text: string, shown: string][] = [
    ["", ""],
    ["inquiry.approved", "inquiry.approved"],
    ["Zoë 東京 👩 עברית\n\tx", "Zoë 東京 👩 עברית\n\tx"],
    ["a\u202etxt", "a\\u202etxt"],
    ["a\u2066b\u2069", "a\\u2066b\\u2069"],
    ["a\u200bb\ufeff\u00ad", "a\\u200bb\\ufeff\\u00ad"],
    ["a\u0000b\u0085", "a\\u0000b\\u0085"],
    ["a\u3164b\u2028", "a\\u3164b\\u2028"],
    ["a\u{e0041}", "a\\udb40\\udc41"],
  ];
  for (const [text, shown] of cases) assertEquals(visibleText(text), shown);
});

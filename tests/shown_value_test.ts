import { assertEquals } from "@std/assert";
import type { JsonValue } from "../lib/json/json.ts";
import { shownText, shownValue } from "../lib/shown_value.ts";

Deno.test("shownText() shows of what may hold a password no more than its scheme", () => {
  const table: [text: string, shown: string][] = [
    ["", ""],
    ["inbox.db", "inbox.db"],
    ["postgres:a", "postgres:a"],
    ["inq?iry.*", "inq?iry.*"],
    ["postgres://u:hidden@db/x", "postgres://…"],
    ["postgres://u:p://hidden@db", "postgres://…"],
    ["https://a.example/?token=hidden", "https://…"],
    ["postgres:u:hidden@db", "…"],
    ["u:hidden@db", "…"],
    ["hidden://u:p@db", "hidden://…"],
    ["//u:hidden@db", "…"],
    [" https://u:hidden@db", "…"],
    ["a b://hidden", "…"],
    ["host=db password=hidden", "…"],
    ["a".repeat(300), "a".repeat(300)],
    ["a".repeat(70_000), `${"a".repeat(300)}…`],
  ];
  for (const [text, shown] of table) assertEquals(shownText(text), shown);
});

Deno.test("shownValue() shows scalars, and that there is a list or an object", () => {
  const table: [value: JsonValue, shown: string][] = [
    [null, "null"],
    [true, "true"],
    [-1.5, "-1.5"],
    ["a\n", '"a\\n"'],
    ["http://u:hidden@a", '"http://…"'],
    [[], "an empty list"],
    [["hidden"], "a list"],
    [{}, "an object"],
    [{ a: "hidden" }, "an object"],
  ];
  for (const [value, shown] of table) assertEquals(shownValue(value), shown);
});

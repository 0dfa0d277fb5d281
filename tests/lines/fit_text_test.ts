import { assertEquals } from "@std/assert";
import {
  fitPieces,
  formAt,
  type Forms,
  SCARCITY_MAX,
  wrapPieces,
} from "../../lib/lines/fit_text.ts";

Deno.test("formAt() holds a form until the next one", () => {
  const forms = { 0: "long", 2: "l", 5: "" };
  const shown = [0, 1, 2, 4, 5, SCARCITY_MAX].map((at) => formAt(forms, at));
  assertEquals(shown, ["long", "long", "l", "l", "", ""]);
  assertEquals(formAt("always", SCARCITY_MAX), "always");
});

Deno.test("fitPieces() says as much as there is room for", () => {
  const pieces: Forms[] = [
    "name",
    { 0: "identifier", 1: "ident…" },
    { 0: "lesser", 2: "" },
  ];
  const table: [columns: number, expected: string[]][] = [
    [Infinity, ["name", "identifier", "lesser"]],
    [24, ["name", "identifier", "lesser"]],
    [23, ["name", "ident…", "lesser"]],
    [20, ["name", "ident…", "lesser"]],
    [19, ["name", "ident…", ""]],
    [11, ["name", "iden…", ""]],
    [1, ["name", "ide…", ""]],
  ];
  for (const [columns, expected] of table) {
    assertEquals(fitPieces(pieces, columns), expected, String(columns));
  }
});

Deno.test("wrapPieces() breaks between pieces, else between words", () => {
  const pieces = ["one two", "three", "four-and-five"];
  const table: [columns: number, expected: string[]][] = [
    [Infinity, ["one two  three  four-and-five"]],
    [28, ["one two  three", "four-and-five"]],
    [13, ["one two", "three", "four-and-five"]],
    [6, ["one", "two", "three", "four-and-five"]],
    [-1, ["one", "two", "three", "four-and-five"]],
  ];
  for (const [columns, expected] of table) {
    assertEquals(wrapPieces(pieces, columns), expected, String(columns));
  }
  assertEquals(wrapPieces([], 10), []);
});

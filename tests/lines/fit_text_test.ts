import { assertEquals } from "@std/assert";
import { fitPieces, type Piece, wrapPieces } from "../../lib/lines/fit_text.ts";

Deno.test("fitPieces() shortens first, then leaves out by order, then cuts", () => {
  const pieces: Piece[] = [
    { text: "greater", drop: 2 },
    "name",
    { text: "identifier", short: "ident…" },
    { text: "lesser", drop: 1 },
  ];
  const table: [columns: number, expected: string[]][] = [
    [Infinity, ["greater", "name", "identifier", "lesser"]],
    [33, ["greater", "name", "identifier", "lesser"]],
    [32, ["greater", "name", "ident…", "lesser"]],
    [29, ["greater", "name", "ident…", "lesser"]],
    [28, ["greater", "name", "ident…", ""]],
    [20, ["", "name", "ident…", ""]],
    [11, ["", "name", "iden…", ""]],
    [1, ["", "name", "ide…", ""]],
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

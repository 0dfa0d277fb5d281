import { assertEquals, assertThrows } from "@std/assert";
import { jsonFaultPosition } from "../../lib/json/json_fault_position.ts";

Deno.test("jsonFaultPosition() finds the line and the column", () => {
  const table: [text: string, line: number, column: number][] = [
    ["", 1, 1],
    [" \n", 2, 1],
    ["{", 1, 2],
    ["{'a':1}", 1, 2],
    ['{"secret": hidden}', 1, 12],
    ['{"a":1} x', 1, 9],
    ['{\n  "a": 1,\n}', 3, 1],
    ['{\r\n  "a": 01\r\n}', 2, 9],
    ['{\n  "a": "b\n"}', 2, 8],
    ['{\n  "é😀": x', 2, 9],
    ['["a" "b"]', 1, 6],
    ["[1e]", 1, 4],
    ["// a\n{}", 1, 1],
    [`${"[".repeat(100_000)}x`, 1, 100_001],
  ];
  for (const [text, line, column] of table) {
    assertThrows(() => JSON.parse(text), text.slice(0, 99));
    assertEquals(jsonFaultPosition(text), { line, column }, text.slice(0, 99));
  }
});

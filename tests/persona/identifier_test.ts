import { assertEquals } from "@std/assert";
import {
  IDENTIFIER_LENGTH_MAX,
  isIdentifier,
} from "../../lib/persona/identifier.ts";

Deno.test("isIdentifier() takes any text that can be kept as it is", () => {
  const table = [
    "evt_abc",
    "inquiry.approved",
    "0",
    "with space",
    "é 日本 😀",
    "__proto__",
    "x".repeat(IDENTIFIER_LENGTH_MAX),
  ];
  for (const value of table) assertEquals(isIdentifier(value), true, value);
});

Deno.test("isIdentifier() refuses what a store or a header would change", () => {
  const table = [
    "",
    "a\nb",
    "a\0",
    "a\u0085",
    "\ud800",
    "x".repeat(IDENTIFIER_LENGTH_MAX + 1),
    1,
    null,
    undefined,
    ["evt_abc"],
  ];
  for (const value of table) {
    assertEquals(isIdentifier(value), false, JSON.stringify(value));
  }
});

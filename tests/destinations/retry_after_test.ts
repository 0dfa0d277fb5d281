import { assertEquals } from "@std/assert";
import { readRetryAfter } from "../../lib/destinations/retry_after.ts";

const NOW_MS = Date.UTC(1994, 10, 6, 8, 49, 30);
const DAY_MS = 24 * 60 * 60 * 1000;

Deno.test("readRetryAfter() reads seconds and dates, and nothing else", () => {
  const table: [string | null, number | null][] = [
    ["0", 0],
    ["120", 120_000],
    ["0005", 5_000],
    ["86400", DAY_MS],
    ["86401", DAY_MS],
    ["9".repeat(400), DAY_MS],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 7_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 7_000],
    ["Sun Nov  6 08:49:37 1994", 7_000],
    ["Sun, 06 Nov 1994 08:49:30 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", DAY_MS],
    ["Sun, 06 Nov 1994 08:49:29 GMT", null],
    ["Thu, 01 Jan 1970 00:00:00 GMT", null],
    ["Sun, 99 Nov 1994 08:49:37 GMT", null],
    ["Sun, 06 Nov 1994 08:49:37 CET", null],
    ["Sun, 06 Nov 1994 08:49:37", null],
    ["1994-11-06T08:49:37Z", null],
    ["1994", 1_994_000],
    [null, null],
    ["", null],
    ["-1", null],
    ["+1", null],
    ["1.5", null],
    ["1e3", null],
    ["0x10", null],
    ["5, 10", null],
    ["5s", null],
    ["soon", null],
    ["NaN", null],
    ["Infinity", null],
    ["١", null],
  ];
  for (const [header, expected] of table) {
    assertEquals(readRetryAfter(header, NOW_MS), expected, String(header));
  }
});

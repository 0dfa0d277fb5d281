import { assertEquals } from "@std/assert";
import { addSpan, parseSpan } from "../lib/calendar_span.ts";

Deno.test("parseSpan() reads years, months and days", () => {
  const table: [text: string, months: number, days: number][] = [
    ["90d", 0, 90],
    ["18mo", 18, 0],
    ["5y", 60, 0],
    ["5y30d", 60, 30],
    ["1y2mo3d", 14, 3],
    ["999y", 11_988, 0],
  ];
  for (const [text, months, days] of table) {
    assertEquals(parseSpan(text), { text, months, days });
  }
  const none = [
    "",
    "5",
    "0d",
    "y",
    "5m",
    "30d5y",
    "1y1y",
    "1.5y",
    "5y ",
    "-1d",
  ];
  for (const text of none) assertEquals(parseSpan(text), undefined, text);
});

Deno.test("addSpan() goes by the calendar, and ends with the last day of a month", () => {
  const table: [from: string, text: string, end: string][] = [
    ["2026-03-05T10:00:00Z", "5y", "2031-03-05T10:00:00Z"],
    ["2024-02-29T00:00:00Z", "5y", "2029-02-28T00:00:00Z"],
    ["2024-02-29T00:00:00Z", "4y", "2028-02-29T00:00:00Z"],
    ["2026-01-31T23:59:59Z", "1mo", "2026-02-28T23:59:59Z"],
    ["2026-12-31T00:00:00Z", "2mo1d", "2027-03-01T00:00:00Z"],
    ["2026-10-30T00:00:00Z", "5y30d", "2031-11-29T00:00:00Z"],
  ];
  for (const [from, text, end] of table) {
    const endMs = addSpan(Date.parse(from), parseSpan(text)!);
    assertEquals(new Date(endMs).toISOString(), end.replace("Z", ".000Z"));
  }
});

Deno.test("addSpan() ends no sooner for what began later", () => {
  const days = Array.from(
    { length: 1_500 },
    (_, i) => Date.UTC(2023, 0, 1 + i),
  );
  for (const text of ["1mo", "13mo", "1y", "4y1mo", "5y30d"]) {
    const ends = days.map((dayMs) => addSpan(dayMs, parseSpan(text)!));
    assertEquals(ends, ends.toSorted((a, b) => a - b), text);
  }
});

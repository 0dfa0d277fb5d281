import { assertEquals } from "@std/assert";
import { parseSince, parseUntil } from "../lib/since.ts";

const NOW_MS = Date.UTC(2025, 5, 15, 12);

Deno.test("parseSince() reads durations and ISO times", () => {
  const table: [text: string, expectedMs: number][] = [
    ["0s", NOW_MS],
    ["90s", NOW_MS - 90_000],
    ["30m", NOW_MS - 30 * 60_000],
    ["1h", NOW_MS - 3_600_000],
    ["007d", NOW_MS - 7 * 86_400_000],
    ["999999999d", Date.parse("0001-01-02")],
    ["2020-01-02", Date.UTC(2020, 0, 2)],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
    ["2020-01-02T03:04:05Z", Date.UTC(2020, 0, 2, 3, 4, 5)],
    ["2020-01-02T03:04:05.678+01:00", Date.UTC(2020, 0, 2, 2, 4, 5, 678)],
  ];
  for (const [text, expectedMs] of table) {
    assertEquals(parseSince(text, NOW_MS), expectedMs, text);
  }
});

Deno.test("parseSince() refuses anything else", () => {
  const texts = ["", "1", "h", "1H", "1.5h", "-1h", " 1h", "1h ", "1w", "1e3s"];
  texts.push("yesterday", "2020", "2020-13-01", "2020-01-02T25:00", "1/2/2020");
  texts.push("2026-02-30", "2026-02-30T12:00Z", "2025-02-29");
  texts.push("1234567890s", "12h30m");
  for (const text of texts) {
    assertEquals(parseSince(text, NOW_MS), undefined, text);
  }
});

Deno.test("parseUntil() reads durations from now on and ISO times to come", () => {
  const table: [text: string, expectedMs: number | undefined][] = [
    ["90s", NOW_MS + 90_000],
    ["90d", NOW_MS + 90 * 86_400_000],
    ["5y", Date.UTC(2030, 5, 15, 12)],
    ["2030-01-02", Date.UTC(2030, 0, 2)],
    ["2025-06-15T12:00:00.001Z", NOW_MS + 1],
    ["2025-06-15T12:00:00Z", undefined],
    ["2020-01-02", undefined],
    ["0d", undefined],
    ["8000y", undefined],
    ["999999999d", undefined],
    ["999999999y", undefined],
    ["5 y", undefined],
    ["soon", undefined],
    ["", undefined],
  ];
  for (const [text, expectedMs] of table) {
    assertEquals(parseUntil(text, NOW_MS), expectedMs, text);
  }
});

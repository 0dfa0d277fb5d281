import { assertEquals } from "@std/assert";
import { parseTimestamp } from "../../lib/persona/timestamp.ts";

Deno.test("parseTimestamp() reads ISO 8601 with a zone", () => {
  const table = [
    ["2024-02-15T23:48:17.732Z", "2024-02-15T23:48:17.732Z"],
    ["2024-02-15T23:48:17Z", "2024-02-15T23:48:17.000Z"],
    ["2024-02-15T23:48:17.732456Z", "2024-02-15T23:48:17.732Z"],
    ["2024-02-16T00:48:17.732+01:00", "2024-02-15T23:48:17.732Z"],
    ["1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"],
  ] as const;
  for (const [text, expected] of table) {
    assertEquals(parseTimestamp(text)?.toISOString(), expected, text);
  }
});

Deno.test("parseTimestamp() refuses everything else", () => {
  const table = [
    "",
    "now",
    "1",
    "2024",
    "2024-02-15",
    "2024-02-15T23:48:17",
    "2024-02-15 23:48:17 UTC",
    "2024-13-15T23:48:17Z",
    "2024-02-15T25:48:17Z",
    " 2024-02-15T23:48:17Z",
    "2024-02-15T23:48:17Z\n",
    "2024-02-15T23:48:17." + "0".repeat(100) + "Z",
    1708040897,
    null,
    undefined,
    [],
    {},
  ];
  for (const value of table) {
    assertEquals(parseTimestamp(value), null, String(value));
  }
});

import { assertEquals } from "@std/assert";
import { parseSince } from "../../lib/since.ts";
import { localTime } from "../../lib/lines/local_time.ts";

Deno.test("localTime() writes the time of a zone, and marks it", () => {
  const iso = "2026-03-01T23:59:58.987Z";
  const table: [offsetMinutes: number, expected: string][] = [
    [0, "2026-03-01 23:59:58+00:00"],
    [60, "2026-03-02 00:59:58+01:00"],
    [330, "2026-03-02 05:29:58+05:30"],
    [-570, "2026-03-01 14:29:58-09:30"],
  ];
  for (const [offsetMinutes, expected] of table) {
    assertEquals(localTime(iso, offsetMinutes), expected);
    // What is shown can be pasted behind --since.
    assertEquals(
      parseSince(expected, 0),
      Date.parse("2026-03-01T23:59:58Z"),
    );
  }
});

Deno.test("localTime() takes the zone of this machine at that time", () => {
  for (const iso of ["2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"]) {
    const offsetMinutes = -new Date(iso).getTimezoneOffset();
    assertEquals(localTime(iso), localTime(iso, offsetMinutes));
    assertEquals(Date.parse(localTime(iso)), Date.parse(iso));
  }
});

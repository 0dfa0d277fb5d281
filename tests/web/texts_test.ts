import { assert, assertEquals } from "@std/assert";
import { headerShape, skewText } from "../../lib/web/header_shape.js";
import { lateArrivals } from "../../lib/web/late_arrivals.js";
import { minutesText } from "../../lib/web/minutes_text.js";
import { worstStatus } from "../../lib/web/worst_status.js";

const AT = "2024-02-15T23:48:17.000Z";
const AT_SECONDS = Date.parse(AT) / 1000;

function shape(timestamps: number[], macs = timestamps.length) {
  return { isPresent: true, sets: timestamps.length, timestamps, macs };
}

Deno.test("headerShape() says what a header looked like", () => {
  assertEquals(
    headerShape({ ...shape([]), isPresent: false }),
    "no persona-signature",
  );
  assertEquals(headerShape(shape([1])), "1 set, 1 timestamp, 1 MAC");
  assertEquals(headerShape(shape([1, 2], 0)), "2 sets, 2 timestamps, 0 MACs");
});

Deno.test("skewText() says how far the clocks are apart", () => {
  const past = AT_SECONDS - 3_600;
  const future = AT_SECONDS + 90;
  const of = (timestamps: number[], skewSeconds: number | null = null) =>
    skewText({ at: AT, signature: shape(timestamps), skewSeconds });
  assertEquals(of([past]), "1 h behind this clock");
  assertEquals(of([past, past]), "1 h behind this clock");
  assertEquals(
    of([past, future]),
    "1 h behind this clock and 1 min ahead of this clock",
  );
  assertEquals(of([], 301), "5 min behind this clock");
  assertEquals(of([]), "");
});

Deno.test("lateArrivals() finds events that came after later ones", () => {
  const events = [4, 1, 2, 6, 5].map((seq) => ({ id: `evt_${seq}`, seq }));
  assertEquals(lateArrivals(events), new Set(["evt_4", "evt_6"]));
  assertEquals(lateArrivals([]), new Set());
});

Deno.test("worstStatus() lets the worst dispatch count", () => {
  const of = (...statuses: ("done" | "pending" | "dead" | "ignored")[]) =>
    worstStatus(
      statuses.map((status) => ({
        destination: "app",
        status,
        dueAt: null,
        attemptCount: 0,
      })),
    );
  assertEquals(of(), "none");
  assertEquals(of("ignored", "ignored"), "none");
  assertEquals(of("done", "ignored"), "done");
  assertEquals(of("done", "done"), "done");
  assertEquals(of("done", "pending"), "pending");
  assertEquals(of("pending", "dead", "done"), "dead");
});

Deno.test("minutesText() sums up an hour in words", () => {
  const minute = (at: string, received: number) => ({
    at,
    received,
    duplicates: 1,
    rejected: 2,
    delivered: 3,
    failed: 0,
  });
  const text = minutesText([
    minute("2024-02-15T23:47:00.000Z", 4),
    minute("2024-02-15T23:48:00.000Z", 9),
  ]);
  assertEquals(
    text,
    "Last hour by the minute: 13 received, 2 duplicates, 4 rejected, 6 delivered, 0 failed; peak minute: 9 received at 23:48 UTC",
  );
  assert(
    minutesText([]).endsWith(
      "0 received, 0 duplicates, 0 rejected, 0 delivered, 0 failed",
    ),
  );
});

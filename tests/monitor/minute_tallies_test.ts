import { assertEquals } from "@std/assert";
import { MinuteTallies } from "../../lib/monitor/minute_tallies.ts";
import { FakeClock } from "../support/fake_clock.ts";

const MINUTE_MS = 60_000;
const START_MS = 29_166_668 * MINUTE_MS + 12_345;

function setup() {
  const clock = new FakeClock(START_MS);
  return { clock, tallies: new MinuteTallies(clock) };
}

/** The counts of a kind, oldest first, without the noughts before them. */
function received(tallies: MinuteTallies): string {
  return tallies.list().map((tally) => tally.received).join(" ")
    .replace(/^(?:0 )+/, "");
}

Deno.test("MinuteTallies has 60 whole minutes, the present one last", () => {
  const { tallies } = setup();
  const list = tallies.list();
  assertEquals(list.length, 60);
  assertEquals(list.at(-1)?.atMs, START_MS - 12_345);
  for (const [i, { atMs }] of list.entries()) {
    assertEquals(atMs, START_MS - 12_345 - (59 - i) * MINUTE_MS);
  }
});

Deno.test("MinuteTallies counts each kind by itself", () => {
  const { tallies } = setup();
  const kinds = ["received", "duplicates", "rejected", "delivered", "failed"];
  for (const [i, kind] of kinds.entries()) {
    for (let n = 0; n <= i; n++) tallies.count(kind as "received");
  }
  const { atMs: _atMs, ...tally } = tallies.list().at(-1)!;
  assertEquals<unknown>(tally, {
    received: 1,
    duplicates: 2,
    rejected: 3,
    delivered: 4,
    failed: 5,
  });
});

Deno.test("MinuteTallies moves on with the minutes and forgets after an hour", () => {
  const { clock, tallies } = setup();
  for (let n = 1; n <= 3; n++) {
    for (let i = 0; i < n; i++) tallies.count("received");
    clock.advance(MINUTE_MS);
  }
  assertEquals(received(tallies), "1 2 3 0");
  clock.advance(2 * MINUTE_MS);
  tallies.count("received");
  assertEquals(received(tallies), "1 2 3 0 0 1");
  clock.advance(55 * MINUTE_MS);
  assertEquals(received(tallies), `2 3 0 0 1${" 0".repeat(55)}`);
  // An hour later the places are used again.
  tallies.count("received");
  assertEquals(received(tallies), `2 3 0 0 1${" 0".repeat(54)} 1`);
  clock.advance(1_000 * MINUTE_MS);
  assertEquals(received(tallies), "0");
});

Deno.test("MinuteTallies bears a clock that is set back", () => {
  const { clock, tallies } = setup();
  tallies.count("received");
  clock.advance(-10 * MINUTE_MS);
  assertEquals(received(tallies), "0");
  tallies.count("received");
  assertEquals(received(tallies), "1");
  clock.advance(10 * MINUTE_MS);
  assertEquals(received(tallies), `1${" 0".repeat(9)} 1`);
});

Deno.test("MinuteTallies gives copies", () => {
  const { tallies } = setup();
  tallies.count("received");
  const before = tallies.list().at(-1);
  tallies.count("received");
  assertEquals(before?.received, 1);
});

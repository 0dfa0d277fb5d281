import { assert, assertEquals } from "@std/assert";
import {
  RETRY_DELAYS_MS,
  retryDelayMs,
  spread,
} from "../../lib/dispatch/retry_schedule.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const ALMOST_ONE = 1 - 2 ** -53;

/** After so many failures: the delay in seconds, a fifth less, a fifth more. */
const TABLE: [failures: number, even: number, least: number, most: number][] = [
  [1, 5, 4, 6],
  [2, 30, 24, 36],
  [3, 120, 96, 144],
  [4, 600, 480, 720],
  [5, 1_800, 1_440, 2_160],
  [6, 3_600, 2_880, 4_320],
  [7, 7_200, 5_760, 8_640],
  [8, 14_400, 11_520, 17_280],
  [9, 28_800, 23_040, 34_560],
  [10, 43_200, 34_560, 51_840],
  [11, 86_400, 69_120, 103_680],
  [12, 86_400, 69_120, 103_680],
  [13, 86_400, 69_120, 103_680],
  [1_000_000, 86_400, 69_120, 103_680],
];

Deno.test("retryDelayMs() goes by the schedule, a fifth more or less", () => {
  for (const [failures, even, least, most] of TABLE) {
    const about = `after ${failures}`;
    const delay = (random: number) =>
      retryDelayMs(failures, { random: () => random }) / 1_000;
    assertEquals(delay(0), least, about);
    assertEquals(delay(0.25), (least + even) / 2, about);
    assertEquals(delay(0.5), even, about);
    assertEquals(delay(ALMOST_ONE), most, about);
  }
  assertEquals(RETRY_DELAYS_MS.length, 11);
});

Deno.test("retryDelayMs() is a whole number of milliseconds", () => {
  const seeded = new SeededRandom(1);
  const random = () => seeded.next();
  const delays = Array.from(
    { length: 1_000 },
    () => retryDelayMs(1, { random }),
  );
  assert(delays.every(Number.isInteger));
  assert(
    new Set(delays).size > 500,
    "what failed together comes back together",
  );
});

Deno.test("retryDelayMs() waits as long as it is asked to, at least a second", () => {
  const random = () => {
    throw new Error("there is nothing to choose");
  };
  const table: [retryAfterMs: number, delayMs: number][] = [
    [0, 1_000],
    [1, 1_000],
    [999, 1_000],
    [1_000, 1_000],
    [1_001, 1_001],
    [86_400_000, 86_400_000],
  ];
  for (const [retryAfterMs, delayMs] of table) {
    for (const failures of [1, 2, 3]) {
      assertEquals(retryDelayMs(failures, { retryAfterMs, random }), delayMs);
    }
    for (const failures of [4, 11, 99]) {
      const even = { random: () => 0.5 };
      assertEquals(
        retryDelayMs(failures, { retryAfterMs, ...even }),
        Math.max(retryDelayMs(failures, even), retryAfterMs),
        "a rate limit of a second must not use up all attempts in some",
      );
    }
  }
});

Deno.test("spread() is even on both sides of 1", () => {
  assertEquals([0, 0.5].map((random) => spread(() => random)), [0.8, 1]);
  assert(spread(() => ALMOST_ONE) <= 1.2);
});

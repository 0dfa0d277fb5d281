import { assertEquals } from "@std/assert";
import type { AttemptOutcome } from "../../lib/destinations/destination.ts";
import { judge, type Verdict } from "../../lib/dispatch/verdict.ts";
import { FAILED, OK, SILENT } from "../support/scripted_destination.ts";

const NOW_MS = 1_750_000_000_000;

interface Case {
  name: string;
  failures: number;
  outcome: AttemptOutcome;
  isCounted?: boolean;
  attemptsMax?: number;
  /** The status, how many failures, and in how many seconds to try again. */
  expected: [Verdict["status"], number, number?];
}

const asking = (retryAfterMs: number) => ({ ...FAILED, retryAfterMs });

const TABLE: Case[] = [
  { name: "a success", failures: 0, outcome: OK, expected: ["done", 0] },
  { name: "a late one", failures: 2, outcome: OK, expected: ["done", 2] },
  {
    name: "one that is ignored",
    failures: 0,
    outcome: { ok: true, isIgnored: true, code: null, output: "" },
    expected: ["ignored", 0],
  },
  {
    name: "one that does not count that succeeds",
    failures: 2,
    outcome: OK,
    isCounted: false,
    expected: ["done", 2],
  },
  {
    name: "a first failure",
    failures: 0,
    outcome: FAILED,
    expected: ["pending", 1, 5],
  },
  {
    name: "a second failure",
    failures: 1,
    outcome: FAILED,
    expected: ["pending", 2, 30],
  },
  {
    name: "the last but one",
    failures: 10,
    outcome: FAILED,
    expected: ["pending", 11, 86_400],
  },
  { name: "the last", failures: 11, outcome: FAILED, expected: ["dead", 12] },
  {
    name: "the only one",
    failures: 0,
    outcome: FAILED,
    attemptsMax: 1,
    expected: ["dead", 1],
  },
  {
    name: "more than are allowed by now",
    failures: 9,
    outcome: FAILED,
    attemptsMax: 3,
    expected: ["dead", 10],
  },
  {
    name: "beyond the schedule",
    failures: 50,
    outcome: FAILED,
    attemptsMax: 100,
    expected: ["pending", 51, 86_400],
  },
  {
    name: "retry-after",
    failures: 5,
    outcome: asking(90_000_000),
    expected: ["pending", 6, 90_000],
  },
  {
    name: "retry-after 0",
    failures: 2,
    outcome: asking(0),
    expected: ["pending", 3, 1],
  },
  {
    name: "a short retry-after after many failures",
    failures: 3,
    outcome: asking(1_000),
    expected: ["pending", 4, 600],
  },
  {
    name: "retry-after of the last",
    failures: 11,
    outcome: asking(90_000),
    expected: ["dead", 12],
  },
  {
    name: "one that does not count",
    failures: 1,
    outcome: SILENT,
    isCounted: false,
    expected: ["pending", 1, 30],
  },
  {
    name: "one that does not count that was never tried before",
    failures: 0,
    outcome: SILENT,
    isCounted: false,
    expected: ["pending", 0, 5],
  },
  {
    name: "one that does not count before the last attempt",
    failures: 11,
    outcome: SILENT,
    isCounted: false,
    expected: ["pending", 11, 86_400],
  },
  {
    name: "one that does not count and retry-after",
    failures: 1,
    outcome: { ...SILENT, retryAfterMs: 7_000 },
    isCounted: false,
    expected: ["pending", 1, 7],
  },
];

for (const { name, failures, outcome, expected, ...options } of TABLE) {
  Deno.test(`judge() of ${name}`, () => {
    const { isCounted = true, attemptsMax = 12 } = options;
    const random = () => 0.5;
    const { status, failures: counted, dueAtMs } = judge(
      { failures },
      outcome,
      { isCounted, attemptsMax, nowMs: NOW_MS, random },
    );
    const [expectedStatus, expectedFailures, seconds] = expected;
    assertEquals([status, counted], [expectedStatus, expectedFailures]);
    if (seconds !== undefined) {
      assertEquals(dueAtMs, NOW_MS + 1_000 * seconds);
    }
  });
}

import { assert, assertEquals, assertFalse } from "@std/assert";
import type { AttemptFault } from "../../lib/destinations/destination.ts";
import {
  Breaker,
  isAnswer,
  type UnansweredAttempt,
} from "../../lib/dispatch/breaker.ts";
import type { PastAttempt } from "../../lib/store/outbox.ts";
import { FakeClock } from "../support/fake_clock.ts";

const START_MS = 1_750_000_000_000;

function probeOf(clock: FakeClock): UnansweredAttempt {
  return { seq: 1, nowMs: clock.nowMs(), isProbe: true };
}

function setup(random = 0.5) {
  let seq = 1;
  const clock = new FakeClock(START_MS);
  const breaker = new Breaker(() => random);
  return {
    clock,
    breaker,
    permission: () => breaker.permission(clock.nowMs()),
    /** Attempts that fail, so much time before each. */
    fail(count: number, everyMs: number): boolean[] {
      return Array.from({ length: count }, () => {
        clock.advance(everyMs);
        return breaker.unanswered({
          seq: seq++,
          nowMs: clock.nowMs(),
          isProbe: false,
        });
      });
    },
    /** Waits for the pause to end, and probes; says how long it was. */
    probe(isOk: boolean): number {
      const startMs = clock.nowMs();
      clock.advance((breaker.openUntilMs ?? 0) - startMs);
      assertEquals(breaker.permission(clock.nowMs() - 1), "none");
      assertEquals(breaker.permission(clock.nowMs()), "probe");
      breaker.beginProbe();
      if (isOk) assert(breaker.answered());
      else assertFalse(breaker.unanswered(probeOf(clock)));
      return clock.nowMs() - startMs;
    },
  };
}

function setupOpen(random?: number) {
  const rig = setup(random);
  assertEquals(rig.fail(10, 100).at(-1), true);
  return rig;
}

Deno.test("Breaker allows everything at first", () => {
  const { breaker, permission } = setup();
  assertEquals(permission(), "all");
  assertEquals(breaker.openUntilMs, null);
  assertFalse(breaker.answered());
});

Deno.test("Breaker opens at the tenth failure in a row, after 250 ms", () => {
  const table: [name: string, everyMs: number, opensAt: number][] = [
    ["slowly", 60_000, 10],
    ["just slowly enough", 28, 10],
    ["a little too fast", 27, 11],
    ["faster", 10, 26],
    ["a millisecond apart", 1, 251],
  ];
  for (const [name, everyMs, opensAt] of table) {
    const { fail, permission } = setup();
    assertEquals(fail(opensAt - 1, everyMs).indexOf(true), -1, name);
    assertEquals(permission(), "all", name);
    assertEquals(fail(1, everyMs), [true], name);
    assertEquals(permission(), "none", name);
  }
});

Deno.test("Breaker begins where an earlier process ended", () => {
  const silent = (count: number, everyMs: number, startSeq = 1) =>
    Array.from({ length: count }, (_, i) => ({
      seq: startSeq + i,
      outcome: "unreachable",
      code: null,
      endedAtMs: START_MS - 3_600_000 + i * everyMs,
    }));
  const answer = { ...silent(1, 0)[0]!, outcome: "status", code: 500 };
  const table: [name: string, PastAttempt[], permission: string, boolean][] = [
    ["nothing was tried", [], "all", false],
    ["few were tried", silent(9, 1_000), "all", false],
    ["nobody answered", silent(10, 1_000), "probe", true],
    ["nobody answered for a moment", silent(60, 1), "all", true],
    ["somebody answered at last", [...silent(60, 1_000), answer], "all", false],
    ["nobody answered since", [answer, ...silent(60, 1_000)], "probe", true],
  ];
  for (const [name, attempts, expected, isDoubtful] of table) {
    const { breaker, permission } = setup();
    breaker.restore(attempts);
    assertEquals(
      [permission(), breaker.isDoubtful],
      [expected, isDoubtful],
      name,
    );
  }
});

Deno.test("Breaker doubts from the tenth failure on, before it opens", () => {
  const { breaker, fail, permission } = setup();
  const doubts = Array.from({ length: 12 }, () => {
    const { isDoubtful } = breaker;
    assertEquals(fail(1, 1), [false]);
    return isDoubtful;
  });
  assertEquals(doubts.indexOf(true), 10, "the eleventh does not count");
  assert(doubts.at(-1));
  assertEquals(permission(), "all");
  breaker.answered();
  assertFalse(breaker.isDoubtful);
});

Deno.test("Breaker stays closed in a burst, however many fail", () => {
  const { fail, permission } = setup();
  assertFalse(fail(10_000, 0).includes(true));
  assertEquals(permission(), "all");
});

Deno.test("Breaker stays closed when every second attempt fails", () => {
  const { breaker, fail, permission } = setup();
  for (let i = 0; i < 1_000; i++) {
    assertEquals(fail(1, 1_000), [false]);
    assertFalse(breaker.answered());
  }
  assertEquals(permission(), "all");
});

Deno.test("Breaker restarts its count after a success", () => {
  const { breaker, fail } = setup();
  fail(9, 1_000);
  breaker.answered();
  assertFalse(fail(9, 1_000).includes(true));
  // It fails since the first one after the success, not since ever.
  breaker.answered();
  assertFalse(fail(20, 1).includes(true));
  assertEquals(fail(1, 231), [true]);
});

Deno.test("Breaker allows one probe when the pause is over", () => {
  const { breaker, clock, permission } = setupOpen();
  assertEquals(breaker.openUntilMs, clock.nowMs() + 1_000);
  clock.advance(999);
  assertEquals(permission(), "none");
  clock.advance(1);
  assertEquals([permission(), permission()], ["probe", "probe"]);
  breaker.beginProbe();
  assertEquals(permission(), "none");
  clock.advance(3_600_000);
  assertEquals(permission(), "none");
});

Deno.test("Breaker closes after a probe that succeeds", () => {
  const { breaker, permission, probe, fail } = setupOpen();
  probe(true);
  assertEquals(permission(), "all");
  assertEquals(breaker.openUntilMs, null);
  assertFalse(breaker.answered(), "only the first one closes it");
  assertEquals(fail(10, 100).indexOf(true), 9);
});

Deno.test("Breaker doubles the pause up to half a minute, and starts over", () => {
  for (const [random, factor] of [[0, 0.8], [0.5, 1], [1 - 2 ** -53, 1.2]]) {
    const { probe, fail } = setupOpen(random);
    const pauses = Array.from({ length: 8 }, () => probe(false));
    const expected = [1, 2, 4, 8, 16, 30, 30, 30];
    assertEquals(pauses, expected.map((s) => Math.round(s * 1_000 * factor!)));
    assertEquals(probe(true), 30_000 * factor!);
    fail(10, 100);
    assertEquals(probe(false), 1_000 * factor!);
  }
});

Deno.test("Breaker allows another probe after one that came to nothing", () => {
  const { breaker, clock, permission } = setupOpen();
  const openUntilMs = breaker.openUntilMs!;
  clock.advance(1_000);
  breaker.beginProbe();
  breaker.endProbe();
  assertEquals(permission(), "probe");
  assertEquals(breaker.openUntilMs, openUntilMs);
});

Deno.test("Breaker does not mind failures of attempts begun before it opened", () => {
  const { breaker, fail, permission } = setupOpen();
  const openUntilMs = breaker.openUntilMs!;
  assertFalse(fail(100, 5).includes(true));
  assertEquals(breaker.openUntilMs, openUntilMs);
  assertEquals(permission(), "none");
});

Deno.test("Breaker closes after a success of an attempt begun before it opened", () => {
  const { breaker, permission } = setupOpen();
  assert(breaker.answered());
  assertEquals(permission(), "all");
});

Deno.test("Breaker stays closed when a probe fails after such a success", () => {
  const { breaker, clock, permission, fail } = setupOpen();
  clock.advance(1_000);
  breaker.beginProbe();
  assert(breaker.answered());
  assertFalse(breaker.unanswered(probeOf(clock)));
  assertEquals(permission(), "all");
  assertEquals(fail(9, 100).indexOf(true), 8, "it is a failure as any other");
});

Deno.test("Breaker does not wait for a clock that was set back", () => {
  const { breaker, clock, permission } = setupOpen();
  clock.advance(-24 * 3_600_000);
  assertEquals(permission(), "probe");
  breaker.beginProbe();
  assertEquals(permission(), "none");
  breaker.unanswered(probeOf(clock));
  assertEquals(breaker.openUntilMs, clock.nowMs() + 2_000);
  assertEquals(permission(), "none");
});

Deno.test("Breaker opens though the clock was set back while all failed", () => {
  const { clock, fail } = setup();
  fail(5, 100);
  clock.advance(-3_600_000);
  assert(fail(20, 100).includes(true));
});

Deno.test("Breaker stays closed when only a dispatch or two remain unanswered", () => {
  const { breaker, clock, permission } = setup();
  for (let i = 0; i < 100; i++) {
    clock.advance(1_000);
    const nowMs = clock.nowMs();
    assertFalse(breaker.unanswered({ seq: i % 2, nowMs, isProbe: false }));
  }
  assertEquals(permission(), "all");
  const nowMs = clock.nowMs();
  assert(breaker.unanswered({ seq: 2, nowMs, isProbe: false }));
});

Deno.test("isAnswer() tells who says no from nobody", () => {
  const table: [
    reason: AttemptFault,
    code: number | null,
    expected: boolean,
  ][] = [
    ["unreachable", null, false],
    ["broken-off", null, false],
    ["broken-off", 200, false],
    ["timeout", null, false],
    ["status", 400, true],
    ["status", 404, true],
    ["status", 429, true],
    ["status", 500, true],
    ["status", 502, false],
    ["status", 503, false],
    ["status", 504, false],
    ["redirect", 302, true],
    ["not-started", null, false],
    ["exit-code", 1, true],
    ["exit-code", 503, true],
    ["signal", null, true],
    ["threw", null, true],
    ["module-failed", null, true],
  ];
  for (const [reason, code, expected] of table) {
    const attempt = { outcome: reason, code };
    assertEquals(isAnswer(attempt), expected, `${reason} ${code}`);
  }
  assert(isAnswer({ outcome: "ok", code: 200 }));
});

Deno.test("Breaker takes what code of ours does for an answer, unless it was not started", () => {
  const local = new Breaker(() => 0.5, { isLocal: true });
  const remote = new Breaker(() => 0.5);
  const table: [outcome: string, local: boolean, remote: boolean][] = [
    ["ok", true, true],
    ["timeout", true, false],
    ["module-failed", true, true],
    ["unfinished", true, true],
    ["not-started", false, false],
  ];
  for (const [outcome, ...expected] of table) {
    const attempt = { outcome, code: null };
    const actual = [local.isAnswer(attempt), remote.isAnswer(attempt)];
    assertEquals(actual, expected, outcome);
  }
});

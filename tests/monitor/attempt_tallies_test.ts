import { assertEquals } from "@std/assert";
import { AttemptTallies } from "../../lib/monitor/attempt_tallies.ts";
import { FakeClock } from "../support/fake_clock.ts";

const START_MS = 1_750_000_000_000;
const NONE = {
  delivered: 0,
  failed: 0,
  lastDeliveredAtMs: null,
  lastFailedAtMs: null,
};

Deno.test("AttemptTallies counts the last hour of each destination by itself", () => {
  const clock = new FakeClock(START_MS);
  const tallies = new AttemptTallies(clock);
  tallies.count("app", "delivered");
  clock.advance(1_000);
  tallies.count("app", "failed");
  tallies.count("app", "failed");
  tallies.count("mail", "delivered");
  const app = {
    delivered: 1,
    failed: 2,
    lastDeliveredAtMs: START_MS,
    lastFailedAtMs: START_MS + 1_000,
  };
  assertEquals(tallies.of("app"), app);
  assertEquals(tallies.of("mail"), {
    ...NONE,
    delivered: 1,
    lastDeliveredAtMs: START_MS + 1_000,
  });
  assertEquals(tallies.of("crm"), NONE);

  clock.advance(2 * 3_600_000);
  assertEquals(tallies.of("app"), { ...app, delivered: 0, failed: 0 });
});

import { assert } from "@std/assert";
import { Stopwatch } from "../../../lib/store/postgres/stopwatch.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("Stopwatch goes by the clock that went further: a machine may sleep", () => {
  const clock = new FakeClock(1_000_000);
  const watch = new Stopwatch(clock);
  clock.advance(40_000);
  assert(watch.elapsedMs >= 40_000);
  clock.advance(-90_000); // It was set back.
  assert(watch.elapsedMs >= 0);
});

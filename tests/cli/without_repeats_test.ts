import { assertEquals } from "@std/assert";
import { withoutRepeats } from "../../lib/cli/without_repeats.ts";
import type { LogEntry } from "../../lib/log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { RECEIVED } from "../support/log_entries.ts";

Deno.test("a store that fails for each delivery is logged now and then, and once when it works again", () => {
  const clock = new FakeClock(Date.UTC(2026, 10, 27));
  const logged: string[] = [];
  const write = (entry: LogEntry) => {
    if (entry.msg === "store failed") logged.push(entry.fault);
    else if (entry.msg === "store works again") {
      logged.push(`${entry.failures}`);
    } else logged.push(entry.msg);
  };
  const flush = () => Promise.resolve();
  const { log } = withoutRepeats({ log: write, flush }, clock);
  const fail = (fault: string) => log({ msg: "store failed", fault, hint: "" });
  log(RECEIVED);
  for (let i = 0; i < 500; i++) fail("disk");
  fail("locked");
  log(RECEIVED); // Of another instance of the fault: it may not be over.
  clock.advance(10_000);
  fail("disk");
  clock.advance(-7_200_000);
  fail("disk");
  clock.advance(10_000);
  log(RECEIVED);
  log(RECEIVED);
  fail("disk");
  assertEquals(logged, [
    "received",
    ...["disk", "locked", "received", "disk", "disk"],
    ...["503", "received", "received", "disk"],
  ]);
});

Deno.test("a store that is lost does not fail any more", () => {
  const logged: string[] = [];
  const write = ({ msg }: LogEntry) => void logged.push(msg);
  const flush = () => Promise.resolve();
  const { log } = withoutRepeats({ log: write, flush }, new FakeClock(0));
  const fault = { fault: "a sync failed", hint: "" };
  log({ msg: "store failed", ...fault });
  log({ msg: "store lost", ...fault });
  log({ msg: "store failed", fault: "retention", hint: "" });
  log(RECEIVED);
  assertEquals(logged.slice(0, 2), ["store failed", "store lost"]);
  assertEquals(logged.includes("store failed", 2), false);
});

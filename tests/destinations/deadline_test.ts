import { assertEquals } from "@std/assert";
import { Deadline } from "../../lib/destinations/deadline.ts";
import { NEVER } from "../support/dispatches.ts";

function ended({ signal }: Deadline): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve());
  });
}

Deno.test("Deadline ends by its timeout", async () => {
  using deadline = new Deadline(1, NEVER);
  assertEquals(deadline.reason, null);
  await ended(deadline);
  assertEquals(deadline.reason, "timeout");
  assertEquals(deadline.signal.reason.name, "TimeoutError");
});

Deno.test("Deadline ends by our stopping, and then no more", async () => {
  const stop = new AbortController();
  using deadline = new Deadline(1, stop.signal);
  stop.abort();
  assertEquals(deadline.reason, "aborted");
  assertEquals(deadline.signal.reason.name, "AbortError");
  using other = new Deadline(1, NEVER);
  await ended(other);
  assertEquals(deadline.reason, "aborted");
});

Deno.test("Deadline has ended when we have stopped before", () => {
  using deadline = new Deadline(60_000, AbortSignal.abort());
  assertEquals(deadline.reason, "aborted");
  assertEquals(deadline.signal.aborted, true);
});

Deno.test("Deadline does nothing once its scope is left", () => {
  const stop = new AbortController();
  const deadline = new Deadline(60_000, stop.signal);
  deadline[Symbol.dispose]();
  stop.abort();
  assertEquals(deadline.signal.aborted, false);
});

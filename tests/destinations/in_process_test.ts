import { assertEquals, assertMatch } from "@std/assert";
import type { AttemptOutcome } from "../../lib/destinations/destination.ts";
import { createInProcess } from "../../lib/destinations/in_process.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";

const TIMEOUT: AttemptOutcome = {
  ok: false,
  reason: "timeout",
  code: null,
  output: "",
};

Deno.test("in process: a timeout aborts the handler's signal", async () => {
  const ended = Promise.withResolvers<string>();
  const destination = createInProcess({
    "*": (_event, { signal }) =>
      new Promise(() => {
        signal.onabort = () => ended.resolve(signal.reason.name);
      }),
  }, { timeoutMs: 100 });
  assertEquals(await destination.attempt(dispatchOf(), NEVER), TIMEOUT);
  assertEquals(await ended.promise, "TimeoutError");
});

Deno.test("in process: what a handler does after its timeout is ignored", async () => {
  const late = Promise.withResolvers<void>();
  const destination = createInProcess({ "*": () => late.promise }, {
    timeoutMs: 100,
  });
  assertEquals(await destination.attempt(dispatchOf(), NEVER), TIMEOUT);
  late.reject(new Error("too late")); // Unhandled, it would fail this test.
  await new Promise((resolve) => setTimeout(resolve, 1));
});

Deno.test("in process: a handler that heeds its signal ends as the timeout, too", async () => {
  const destination = createInProcess({
    "*": (_event, { signal }) =>
      new Promise((_, reject) => {
        signal.onabort = () => reject(signal.reason);
      }),
  }, { timeoutMs: 100 });
  assertEquals(await destination.attempt(dispatchOf(), NEVER), TIMEOUT);
});

Deno.test("in process: no handler starts while an earlier one for the same object runs", async () => {
  const held = Promise.withResolvers<void>();
  const started: string[] = [];
  const destination = createInProcess({
    "*": ({ id }) => {
      started.push(id);
      return started.length === 1 ? held.promise : undefined;
    },
  }, { timeoutMs: 50 });
  const attempt = (eventId: string, objectId = "inq_1") => {
    return destination.attempt(dispatchOf({ eventId, objectId }), NEVER);
  };
  assertEquals((await attempt("evt_1")).ok, false);
  const { ok, output } = await attempt("evt_1");
  assertEquals(ok, false);
  assertMatch(output, /^A handler of an earlier attempt .* is still running/);
  assertEquals((await attempt("evt_2")).ok, false);
  assertEquals((await attempt("evt_3", "inq_2")).ok, true);
  assertEquals(started, ["evt_1", "evt_3"]);
  held.resolve();
  assertEquals((await attempt("evt_1")).ok, true);
  assertEquals(started, ["evt_1", "evt_3", "evt_1"]);
});

Deno.test("in process: an attempt starts as soon as the earlier one has ended", async () => {
  const held = Promise.withResolvers<void>();
  let isHolding = true;
  const destination = createInProcess({
    "*": () => isHolding ? held.promise : undefined,
  }, { timeoutMs: 10_000 });
  const stop = new AbortController();
  const first = destination.attempt(dispatchOf(), stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  assertEquals((await first).ok, false);
  const second = destination.attempt(dispatchOf(), NEVER);
  isHolding = false;
  held.reject(new Error("late"));
  assertEquals((await second).ok, true);
});

import { assertEquals } from "@std/assert";
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
  }, { timeoutMs: 1 });
  assertEquals(await destination.attempt(dispatchOf(), NEVER), TIMEOUT);
  assertEquals(await ended.promise, "TimeoutError");
});

Deno.test("in process: what a handler does after its timeout is ignored", async () => {
  const late = Promise.withResolvers<void>();
  const destination = createInProcess({ "*": () => late.promise }, {
    timeoutMs: 1,
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
  }, { timeoutMs: 1 });
  assertEquals(await destination.attempt(dispatchOf(), NEVER), TIMEOUT);
});

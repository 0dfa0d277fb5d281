import { assert, assertEquals } from "@std/assert";
import type { AttemptOutcome } from "../../lib/destinations/destination.ts";
import { defineHandlers } from "../../lib/destinations/handlers.ts";
import { runHandlers } from "../../lib/destinations/run_handlers.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";
import { bytesOf } from "../support/signed_delivery.ts";

const DONE: AttemptOutcome = { ok: true, code: null, output: "" };
const IGNORED: AttemptOutcome = { ...DONE, isIgnored: true };

/** Checks how an error is told, its stack aside. */
function assertThrew(outcome: AttemptOutcome, expected: string): void {
  assert(!outcome.ok && outcome.reason === "threw");
  const [told] = outcome.output.split("\n    at ");
  assertEquals(told, expected);
}

Deno.test("runHandlers() runs what matches, one after another, in order", async () => {
  const log: string[] = [];
  const handlers = defineHandlers({
    "*": async () => {
      log.push("all begin");
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push("all end");
    },
    "case.*": () => void log.push("case"),
    "inquiry.approved": () => void log.push("approved"),
    "*.approved": () => void log.push("any approved"),
    "inquiry": () => void log.push("no glob"),
  });
  assertEquals(await runHandlers(handlers, dispatchOf(), NEVER), DONE);
  assertEquals(log, ["all begin", "all end", "approved", "any approved"]);
});

Deno.test("runHandlers() gives event and context", async () => {
  const dispatch = dispatchOf({ attempt: 7, isLatest: false });
  const seen: unknown[] = [];
  const handlers = defineHandlers({
    "inquiry.*": (event, context) => void seen.push(event, context),
    "*": (event) => void seen.push(event),
  });
  await runHandlers(handlers, dispatch, NEVER);
  const [event, context, again] = seen;
  assertEquals(context, { attempt: 7, isLatest: false, signal: NEVER });
  assertEquals((event as { raw: unknown }).raw, dispatch.body);
  assertEquals((event as { object: { id: string } }).object.id, "inq_1");
  assertEquals(event === again, true);
});

Deno.test("runHandlers() ignores what nothing matches", async () => {
  const handlers = { "case.*": () => Promise.reject(new Error("never")) };
  // Not even looked at.
  const dispatch = dispatchOf({ body: bytesOf("no JSON") });
  assertEquals(await runHandlers(handlers, dispatch, NEVER), IGNORED);
});

Deno.test("runHandlers() stops at the first that throws", async () => {
  const log: string[] = [];
  const handlers = {
    "*": () => void log.push("first"),
    "inquiry.*": () => {
      throw new TypeError("no such column");
    },
    "*.approved": () => void log.push("third"),
  };
  const outcome = await runHandlers(handlers, dispatchOf(), NEVER);
  assertThrew(outcome, "TypeError: no such column");
  assertEquals(log, ["first"]);
});

Deno.test("runHandlers() describes whatever is thrown", async () => {
  const unprintable = Object.create(null);
  const spiteful = {
    toString() {
      throw new Error("again");
    },
  };
  const odd = "A value without a text";
  const table: [unknown, string][] = [
    [new Error("é\n木"), "Error: é\n木"],
    [new Error(""), "Error"],
    [new DOMException("late", "TimeoutError"), "TimeoutError: late"],
    [new AggregateError([], "all"), "AggregateError: all"],
    ["text", "text"],
    [undefined, "undefined"],
    [null, "null"],
    [42, "42"],
    [Symbol("s"), "Symbol(s)"],
    [{}, "[object Object]"],
    [unprintable, odd],
    [spiteful, odd],
    [new Proxy({}, { get: () => unprintable }), odd],
    [new Error("x".repeat(1e6)), `Error: ${"x".repeat(4_089)}`],
  ];
  for (const [thrown, output] of table) {
    const outcome = await runHandlers(
      { "*": () => Promise.reject(thrown) },
      dispatchOf(),
      NEVER,
    );
    assertThrew(outcome, output);
  }
});

Deno.test("runHandlers() starts nothing more once its signal is aborted", async () => {
  const stop = new AbortController();
  const log: string[] = [];
  const handlers = {
    "*": () => stop.abort(new Error("enough")),
    "inquiry.*": () => void log.push("second"),
  };
  const outcome = await runHandlers(handlers, dispatchOf(), stop.signal);
  assertThrew(outcome, "Error: enough");
  assertEquals(log, []);
});

Deno.test("runHandlers() tells of a body that is no event", async () => {
  const handlers = { "*": () => {} };
  const table = [
    ["{", "not-json"],
    ["{}", "not-an-event"],
  ] as const;
  for (const [text, reason] of table) {
    const dispatch = dispatchOf({ body: bytesOf(text) });
    const outcome = await runHandlers(handlers, dispatch, NEVER);
    assertThrew(outcome, `Cannot read the event: ${reason}`);
  }
});

Deno.test("runHandlers() never rejects, whatever the handlers are", async () => {
  const spiteful = new Proxy({}, {
    ownKeys() {
      throw new Error("no keys");
    },
  });
  const outcome = await runHandlers(spiteful, dispatchOf(), NEVER);
  assertThrew(outcome, "Error: no keys");
});

import { assertEquals, assertMatch } from "@std/assert";
import { runHandlers } from "../../lib/destinations/run_handlers.ts";
import { describeThrown } from "../../lib/destinations/thrown.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";

Deno.test("describeThrown() keeps the stack of a handler, without files of the inbox", async () => {
  const thrown = Object.assign(new Error("boom"), { code: "E_BOOM" });
  const handlers = {
    "*"() {
      throw Object.assign(new Error("outer", { cause: thrown }), { code: 7 });
    },
  };
  const outcome = await runHandlers(handlers, dispatchOf(), NEVER);
  const { output } = outcome;
  assertMatch(output, /^Error: outer\n +at .*thrown_test\.ts/);
  assertMatch(output, / \{\n +code: 7,?\n/);
  assertMatch(output, /\[cause\]: Error: boom\n[^]*code: (?:"|')E_BOOM/);
  assertEquals(output.includes("lib/destinations/"), false, output);
});

Deno.test("describeThrown() drops the frames of the dispatcher, and keeps those of the library", () => {
  const frame = (path: string) =>
    `    at f (${import.meta.resolve(`../../lib/${path}`)}:1:2)`;
  const error = new Error("boom");
  const kept = ["Error: boom", frame("persona/payload_filter.ts")].join("\n");
  error.stack = [
    kept,
    frame("dispatch/destination_loop.ts"),
    frame("app/traced_destination.ts"),
  ].join("\n");
  assertEquals(describeThrown(error), kept);
});

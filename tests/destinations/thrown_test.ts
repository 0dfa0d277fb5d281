import { assertEquals, assertMatch } from "@std/assert";
import { runHandlers } from "../../lib/destinations/run_handlers.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";

Deno.test("what a handler threw is told with its stack, without files of the inbox", async () => {
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

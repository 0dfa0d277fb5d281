import { assertEquals, assertInstanceOf } from "@std/assert";
import { refusalOf } from "../../lib/cli/ask_server.ts";
import { InboxError, UsageError } from "../../lib/errors.ts";

Deno.test("refusalOf() says what the command would say without a server", () => {
  const refusal = (status: number, message: string) =>
    refusalOf({ ok: false, status, body: null, message }, {
      command: "release",
    });
  const nothing = "Nothing to release: inq_1 is not on hold. See hold --list";
  const cannot = "Cannot release inq_1: what it belongs to is on hold";
  for (const message of [nothing, cannot]) {
    const error = refusal(409, message);
    assertInstanceOf(error, InboxError);
    assertEquals([error.name, error.message], ["InboxError", message]);
  }
  const unknown = 'Unknown destination "ap". Did you mean "app"?';
  const error = refusal(404, unknown);
  assertInstanceOf(error, UsageError);
  assertEquals(error.faults, [unknown]);
});

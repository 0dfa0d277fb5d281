import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import {
  askServer,
  refusalOf,
  type ServerRequest,
} from "../../lib/cli/ask_server.ts";
import { InboxError, UsageError } from "../../lib/errors.ts";
import { FakeIo } from "../support/fake_io.ts";
import { RawServer } from "../support/raw_server.ts";

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
  const stopping = refusal(
    503,
    "Cannot answer: the server is stopping, and so",
  );
  assertEquals(
    [stopping.message, stopping.hint],
    ["Cannot release: the server is stopping, and so", "Run it again"],
  );
  const unknown = 'Unknown destination "ap". Did you mean "app"?';
  const error = refusal(404, unknown);
  assertInstanceOf(error, UsageError);
  assertEquals(error.faults, [unknown]);
});

Deno.test("askServer() tells what is unknown when the server goes away before it answers", async () => {
  let answer = "";
  await using server = new RawServer(async (exchange) => {
    await exchange.send(answer);
    exchange.close();
  });
  // What is sent to a process that hangs is reset when it is killed.
  const reset = new FakeIo();
  reset.fetch = () => {
    const cause = new Error("Connection reset by peer (os error 104)");
    return Promise.reject(new TypeError("fetch failed", { cause }));
  };
  const localUrl = `http://127.0.0.1:${server.port}`;
  const ask = async (asked: Partial<ServerRequest>, io = new FakeIo()) => {
    const address = { localUrl, token: null };
    const request = { command: "erase", path: "/api/erase", server: address };
    const error = await assertRejects(
      () => askServer({ ...request, hint: "Start it", ...asked }, io),
      InboxError,
    );
    return [error.message, error.hint];
  };
  const fact =
    `Cannot erase: the server at ${localUrl}/api/erase went away before it answered`;
  const unknown = "It may have been done, in part or in full: run it again";
  const cut = 'HTTP/1.1 200 OK\ncontent-length: 50\n\n{"success":';
  assertEquals(await ask({ content: {} }, reset), [fact, unknown]);
  for (answer of ["", "HTTP/1.1 200", cut]) {
    assertEquals(await ask({ content: {} }), [fact, unknown], answer);
    assertEquals(await ask({ content: { dryRun: false } }), [fact, unknown]);
    assertEquals(await ask({ content: { dryRun: true } }), [
      fact,
      "Run it again",
    ]);
    assertEquals(await ask({}), [fact, "Run it again"]);
    assertEquals(await ask({ content: {}, repeatNote: ", twice" }), [
      fact,
      `${unknown}, twice`,
    ]);
  }
});

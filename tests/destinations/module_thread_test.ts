import { assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { ModuleThread } from "../../lib/destinations/module_thread.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";
import { shortly, UserModule } from "../support/user_module.ts";

const HANDLERS = `
export default {
  "fine": () => {},
  "hang": () => new Promise(() => {}),
  "loop"() { const until = performance.now() + 8_000; while (performance.now() < until); },
};
`;

/** Says what comes of an attempt in a thread. */
async function outcomeIn(
  thread: ModuleThread,
  eventName: string,
  timeoutMs = 60_000,
): Promise<string> {
  const dispatch = dispatchOf({ eventName });
  return shortly(await thread.run(dispatch, { timeoutMs, stop: NEVER }));
}

Deno.test("ModuleThread ends when it is blocked, and fails what runs", async () => {
  await using module = await UserModule.make(HANDLERS);
  const thread = new ModuleThread(pathToFileURL(module.path).href);
  assertEquals(await outcomeIn(thread, "fine"), "ok");
  const hanging = outcomeIn(thread, "hang");
  const looping = outcomeIn(thread, "loop", 300);
  const waiting = outcomeIn(thread, "fine");
  assertEquals(await looping, "timeout");
  assertEquals(thread.hasEnded, false);
  const blocked = "module-failed A handler blocked the module's thread";
  assertEquals(await hanging, blocked);
  assertEquals(await waiting, blocked);
  assertEquals(thread.hasEnded, true);
});

Deno.test("ModuleThread goes on when a handler hangs but yields", async () => {
  await using module = await UserModule.make(HANDLERS);
  const thread = new ModuleThread(pathToFileURL(module.path).href);
  assertEquals(await outcomeIn(thread, "fine"), "ok");
  assertEquals(await outcomeIn(thread, "hang", 1), "timeout");
  // Longer than an answer to a ping may take.
  assertEquals(await outcomeIn(thread, "hang", 1_500), "timeout");
  assertEquals(await outcomeIn(thread, "fine"), "ok");
  thread.end("");
});

Deno.test("ModuleThread that is retired ends with its last attempt", async () => {
  await using module = await UserModule.make(HANDLERS);
  const thread = new ModuleThread(pathToFileURL(module.path).href);
  const hanging = outcomeIn(thread, "hang", 300);
  thread.retire();
  assertEquals(thread.hasEnded, false);
  assertEquals(await hanging, "timeout");
  assertEquals(thread.hasEnded, true);
});

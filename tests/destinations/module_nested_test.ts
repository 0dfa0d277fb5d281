import { assertEquals } from "@std/assert";
import type { AttemptOutcome } from "../../lib/destinations/destination.ts";
import type { ModuleRun } from "../support/module_in_worker.ts";
import { TempDir } from "../support/temp_dir.ts";
import { shortly } from "../support/user_module.ts";
import { within } from "../support/within.ts";

const HANDLERS = `
export default {
  "fine": () => {},
  "throws"() { throw new Error("thrown"); },
  "hang": () => new Promise(() => {}),
  "loop"() { for (;;); },
  "unhandled": () => { Promise.reject(new Error("unhandled")); return new Promise(() => {}); },
};
`;

/** Runs a module within a worker. */
async function outcomesOf(
  run: Omit<ModuleRun, "path">,
  code = HANDLERS,
): Promise<string[][]> {
  await using dir = await TempDir.make();
  await dir.write("handlers.js", code);
  const url = new URL("../support/module_in_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<
      AttemptOutcome[][]
    >();
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    worker.postMessage({ ...run, path: `${dir.path}/handlers.js` });
    const outcomes = await within(120_000, promise, () => "the worker");
    return outcomes.map((group) => group.map(shortly));
  } finally {
    worker.terminate();
  }
}

Deno.test("module within a worker: succeeds, throws, ends, hangs, loops", async () => {
  const run = {
    timeoutMs: 8_000,
    eventNames: [
      ["fine"],
      ["throws", "hang", "fine"],
      ["loop"],
      ["unhandled"],
      ["fine"],
    ],
  };
  assertEquals(await outcomesOf(run), [
    ["ok"],
    ["threw Error: thrown", "timeout", "ok"],
    ["timeout"],
    ["module-failed The module's process ended: exit code 1"],
    ["ok"],
  ]);
});

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
  "loop"() { const until = performance.now() + 8_000; while (performance.now() < until); },
  "unhandled": () => { Promise.reject(new Error("unhandled")); return new Promise(() => {}); },
};
`;

/** The first time the types of both workers are checked, for seconds. */
async function warmUp(): Promise<void> {
  await outcomesOf({ timeoutMs: 60_000, eventNames: [["fine"]] });
}

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
    const outcomes = await within(60_000, promise, () => "the worker");
    return outcomes.map((group) => group.map(shortly));
  } finally {
    worker.terminate();
  }
}

Deno.test("module within a worker: succeeds, throws, hangs", async () => {
  await warmUp();
  const run = {
    timeoutMs: 4_000,
    eventNames: [["fine"], ["throws", "hang", "fine"], ["fine"]],
  };
  assertEquals(await outcomesOf(run), [
    ["ok"],
    ["threw Error: thrown", "timeout", "ok"],
    ["ok"],
  ]);
});

Deno.test("module within a worker: a blocked thread is replaced", async () => {
  await warmUp();
  const run = {
    timeoutMs: 4_000,
    eventNames: [["fine"], ["loop"], ["fine"], ["fine"]],
  };
  const blocked = "module-failed A handler blocked the module's thread";
  assertEquals(await outcomesOf(run), [["ok"], ["timeout"], [blocked], ["ok"]]);
});

Deno.test("module within a worker: an uncaught error ends the module's only", async () => {
  const run = {
    timeoutMs: 60_000,
    eventNames: [["unhandled", "hang"], ["fine"]],
  };
  const unhandled = "module-failed Error: unhandled";
  assertEquals(await outcomesOf(run), [[unhandled, unhandled], ["ok"]]);
});

Deno.test("module within a worker: one that cannot be loaded says why", async () => {
  const run = { timeoutMs: 60_000, eventNames: [["x"], ["x"]] };
  const why = "module-failed Error: at load";
  const code = "throw new Error('at load')";
  assertEquals(await outcomesOf(run, code), [[why], [why]]);
});

import { assertEquals, assertMatch } from "@std/assert";
import { eventually } from "../support/within.ts";
import { shortly, UserModule } from "../support/user_module.ts";

/** The ways of a handler to go wrong, by event name. */
const HOSTILE = `
import process from "node:process";
const folder = new URL("./", import.meta.url);
const up = () => Deno.writeTextFileSync(new URL("up", folder), "");
const forever = () => new Promise(() => {});
export default {
  "fine": () => {},
  "throw.sync"() { throw new RangeError("sync"); },
  "throw.async": async () => { throw new RangeError("async"); },
  "throw.odd"() { throw Object.create(null); },
  "throw.nothing": () => Promise.reject(),
  "hang": () => { up(); return forever(); },
  "hang.heeding": (_, { signal }) => new Promise((resolve) => {
    signal.onabort = () => {
      Deno.writeTextFileSync(new URL("heeded", folder), signal.reason.name);
      resolve();
    };
    up();
  }),
  "loop"() { up(); const until = performance.now() + 8_000; while (performance.now() < until); },
  "uncaught": () => { setTimeout(() => { throw new Error("uncaught"); }); return forever(); },
  "uncaught.later": () => { setTimeout(() => { throw new Error("later"); }, 20); },
  "unhandled": () => { Promise.reject(new Error("unhandled")); return forever(); },
  "close": () => { self.close(); return forever(); },
  "close.bare": () => { close(); return forever(); },
  "exit": () => { Deno.exit(0); return forever(); },
  "exit.node": () => { process.exit(0); return forever(); },
  "answer": () => { for (let id = 0; id < 2; id++) self.postMessage({ op: "ended", id }); return forever(); },
  "answer.badly": () => {
    const outcome = { ok: true, code: "200 OK", output: "" };
    for (let id = 0; id < 2; id++) self.postMessage({ op: "ended", id, outcome });
    return forever();
  },
};
`;

function isUp({ dir }: UserModule): Promise<void> {
  const look = () => Deno.stat(`${dir.path}/up`).then(() => true, () => false);
  return eventually(30_000, look, () => "the handler to run");
}

Deno.test("module: a handler that throws fails its attempt only", async () => {
  await using module = await UserModule.make(HOSTILE);
  const table = [
    ["throw.sync", "threw RangeError: sync"],
    ["throw.async", "threw RangeError: async"],
    ["throw.odd", "threw Something without a text"],
    ["throw.nothing", "threw undefined"],
  ] as const;
  for (const [name, expected] of table) {
    assertEquals(await module.outcome(name), expected);
    assertEquals(await module.outcome("fine"), "ok");
  }
});

Deno.test("module: a handler that hangs is told, others go on", async () => {
  await using module = await UserModule.make(HOSTILE, { timeoutMs: 3_000 });
  assertEquals(await module.outcome("fine"), "ok");
  const hanging = module.outcome("hang.heeding");
  await isUp(module);
  assertEquals(await module.outcome("fine"), "ok");
  assertEquals(await hanging, "timeout");
  const heeded = () =>
    Deno.readTextFile(`${module.dir.path}/heeded`).catch(() => "");
  await eventually(
    30_000,
    async () => await heeded() === "TimeoutError",
    () => "the signal",
  );
  assertEquals(await module.outcome("fine"), "ok");
});

Deno.test("module: a handler is told when we stop", async () => {
  await using module = await UserModule.make(HOSTILE);
  const stop = new AbortController();
  const hanging = module.attempt("hang.heeding", {}, stop.signal);
  await isUp(module);
  stop.abort();
  assertEquals(shortly(await hanging), "aborted");
  const heeded = () =>
    Deno.readTextFile(`${module.dir.path}/heeded`).catch(() => "");
  await eventually(
    30_000,
    async () => await heeded() === "AbortError",
    () => "the signal",
  );
});

Deno.test("module: a handler that never yields is ended", async () => {
  await using module = await UserModule.make(HOSTILE, { timeoutMs: 1_000 });
  assertEquals(await module.outcome("loop"), "timeout");
  await eventually(
    30_000,
    async () => await module.outcome("fine") === "ok",
    () => "a new worker",
  );
});

Deno.test("module: an uncaught error ends the worker, not us", async () => {
  await using module = await UserModule.make(HOSTILE);
  const table = [
    ["uncaught", "module-failed Error: uncaught"],
    ["unhandled", "module-failed Error: unhandled"],
    ["close", "module-failed The module closed its worker"],
    ["close.bare", "module-failed The module closed its worker"],
    ["exit", "module-failed The module closed its worker"],
    ["exit.node", "module-failed The module closed its worker"],
  ] as const;
  for (const [name, expected] of table) {
    const other = module.outcome("hang");
    assertEquals(await module.outcome(name), expected);
    assertEquals(await other, expected);
    assertEquals(await module.outcome("fine"), "ok", name);
  }
});

Deno.test("module: what answers in the worker's place is not believed", async () => {
  await using module = await UserModule.make(HOSTILE);
  for (const name of ["answer", "answer.badly"]) {
    assertEquals(
      await module.outcome(name),
      "module-failed The module answered in its worker's place",
    );
  }
  assertEquals(await module.outcome("fine"), "ok");
});

Deno.test("module: an error after its attempt fails those that run", async () => {
  await using module = await UserModule.make(HOSTILE);
  assertEquals(await module.outcome("uncaught.later"), "ok");
  assertEquals(await module.outcome("hang"), "module-failed Error: later");
  assertEquals(await module.outcome("fine"), "ok");
});

Deno.test("module: one that cannot be loaded says why, and is tried again", async () => {
  const table: [code: string | null, why: RegExp][] = [
    [null, /^module-failed TypeError: .*not found/i],
    ["export default {", /^module-failed TypeError: [^]*Unexpected token/],
    ["throw new Error('at load')", /^module-failed Error: at load$/],
    ["await Promise.reject('at load')", /^module-failed at load$/],
    ["import './missing.ts'", /^module-failed TypeError: .*not found/i],
    ["import { x } from 'node:fs'; x", /^module-failed SyntaxError: /],
    ["export const x = 1", /default must be .*: current value is undefined$/],
    ["export default []", /default must be .*: current value is an array$/],
    ["export default {}", /default must have a handler: current value is {}$/],
    ["export default { 'x.*': 1 }", /default\["x\.\*"\] must be a function: /],
    ["self.close()", /^module-failed The module closed its worker$/],
  ];
  await using module = await UserModule.make(null);
  for (const [code, why] of table) {
    if (code !== null) await module.write(code);
    const outcomes = [module.outcome("x"), module.outcome("x")];
    for (const outcome of outcomes) assertMatch(await outcome, why);
  }
  await module.write("export default { x() { throw 'mended'; } }");
  assertEquals(await module.outcome("x"), "threw mended");
});

Deno.test("module: one that never finishes loading holds no attempt", async () => {
  for (
    const code of [
      "await new Promise(() => {})",
      // Not for ever, as Deno 2.9 never ends a thread that is blocked.
      "const until = performance.now() + 8_000; while (performance.now() < until);",
    ]
  ) {
    await using module = await UserModule.make(code, { timeoutMs: 300 });
    assertEquals(await module.outcome("x"), "timeout");
    assertEquals(await module.outcome("x"), "timeout");
  }
});

Deno.test("module: close() ends what runs", async () => {
  await using module = await UserModule.make(HOSTILE);
  const hanging = module.outcome("hang");
  await isUp(module);
  await module.destination.close();
  assertEquals(await hanging, "module-failed The inbox is stopping");
});

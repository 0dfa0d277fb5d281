import { assert, assertEquals, assertMatch } from "@std/assert";

import { TempDir } from "../support/temp_dir.ts";
import { isAlive, shortly, UserModule } from "../support/user_module.ts";
import { eventually } from "../support/within.ts";

const MODULE_PROCESS =
  new URL("../../lib/destinations/module_process.ts", import.meta.url).href;

/** The ways of a handler to go wrong, by event name. */
const HOSTILE = `
import process from "node:process";
const folder = new URL("./", import.meta.url);
const write = (name, text) => Deno.writeTextFileSync(new URL(name, folder), text);
const up = () => write("up", String(Deno.pid));
const forever = () => new Promise(() => {});
let isHanging = false;
export default {
  "fine": () => {},
  "pid"() { throw String(Deno.pid); },
  "throw.sync"() { throw new RangeError("sync"); },
  "throw.async": async () => { throw new RangeError("async"); },
  "throw.odd"() { throw Object.create(null); },
  "throw.nothing": () => Promise.reject(),
  "hang": () => { isHanging = true; up(); return forever(); },
  "hang.heeding": (_, { signal }) => new Promise((resolve) => {
    signal.onabort = () => { write("heeded", signal.reason.name); resolve(); };
    up();
  }),
  "loop"() { up(); for (;;); },
  "fill"() { up(); const a = []; for (;;) a.push(new Array(1e5).fill(0.5)); },
  "fill.buffers"() { const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1)); },
  "uncaught": () => { setTimeout(() => { throw new Error("uncaught"); }); return forever(); },
  "uncaught.later": () => {
    setInterval(() => { if (isHanging) throw new Error("later"); }, 20);
  },
  "unhandled": () => { Promise.reject(new Error("unhandled")); return forever(); },
  "exit": () => { Deno.exit(0); },
  "exit.node": () => { process.exit(3); },
  "kill.parent"() { Deno.kill(Deno.ppid, "SIGKILL"); },
  "kill.parent.node"() { process.kill(process.ppid, "SIGKILL"); },
  "kill.by.worker": () => new Promise((_, reject) => {
    const code = "try { Deno.kill(Deno.ppid, 'SIGKILL') } catch (e) { postMessage(String(e)) }";
    new Worker("data:text/javascript," + encodeURIComponent(code), { type: "module" })
      .onmessage = ({ data }) => reject(data);
  }),
  "spawn"() { new Deno.Command("true").outputSync(); },
  "memory"() { Deno.readFileSync("/proc/self/mem"); },
  "environment"() {
    throw JSON.stringify(["PERSONA_WEBHOOK_SECRET", "APP_TOKEN"].map((name) => Deno.env.get(name)));
  },
};
`;

/** The process id that a handler wrote. */
async function pidOf(module: UserModule): Promise<number> {
  return Number(await module.file("up"));
}

/** Waits until events are handled again: a start may take longer than an attempt. */
function recovered(module: UserModule): Promise<void> {
  return eventually(
    60_000,
    async () => await module.outcome("fine") === "ok",
    () => "an attempt that succeeds",
  );
}

function isGone(pid: number): Promise<void> {
  return eventually(60_000, () => !isAlive(pid), () => `the end of ${pid}`);
}

Deno.test("module: a handler that throws fails its attempt only", async () => {
  await using module = await UserModule.make(HOSTILE);
  const table = [
    ["throw.sync", "threw RangeError: sync"],
    ["throw.async", "threw RangeError: async"],
    ["throw.odd", "threw A value without a text"],
    ["throw.nothing", "threw undefined"],
  ] as const;
  for (const [name, expected] of table) {
    assertEquals(await module.outcome(name), expected);
    assertEquals(await module.outcome("fine"), "ok");
  }
});

Deno.test("module: a handler that heeds its signal keeps the process", async () => {
  await using module = await UserModule.make(HOSTILE, {
    timeoutMs: 3_000,
    heedTimeoutMs: 5_000,
  });
  await module.destination.load();
  const hanging = module.outcome("hang.heeding");
  const pid = await pidOf(module);
  assertEquals(await module.outcome("fine"), "ok");
  assertEquals(await hanging, "timeout");
  assertEquals(await module.file("heeded"), "TimeoutError");
  // Longer than a handler has to heed it.
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  assertEquals(await module.outcome("pid"), `threw ${pid}`);
});

Deno.test("module: a handler that hangs for ever ends with its process, others go on", async () => {
  await using module = await UserModule.make(HOSTILE, { timeoutMs: 3_000 });
  await module.destination.load();
  const hanging = module.outcome("hang");
  const pid = await pidOf(module);
  assertEquals(await module.outcome("fine"), "ok");
  assertEquals(await hanging, "timeout");
  await isGone(pid);
  await recovered(module);
});

Deno.test("module: the signal of a handler is aborted on stop", async () => {
  await using module = await UserModule.make(HOSTILE);
  const stop = new AbortController();
  const hanging = module.attempt("hang.heeding", {}, stop.signal);
  await pidOf(module);
  stop.abort();
  assertEquals(shortly(await hanging), "aborted");
  assertEquals(await module.file("heeded"), "AbortError");
});

Deno.test("module: a handler that never yields is killed, and what waits for it fails", async () => {
  await using module = await UserModule.make(HOSTILE, { timeoutMs: 5_000 });
  await module.destination.load();
  const looping = module.outcome("loop");
  const pid = await pidOf(module);
  assertEquals(await looping, "timeout");
  // From now on the process has a second to show that it is not blocked.
  assertEquals(
    await module.outcome("fine"),
    "module-failed A handler blocked the module's process",
  );
  assert(!isAlive(pid), "it keeps a core");
  await recovered(module);
});

Deno.test("module: one that uses too much memory is killed, whatever it fills", async () => {
  await using module = await UserModule.make(HOSTILE, {
    memoryBytesMax: 200 << 20,
  });
  for (const name of ["fill", "fill.buffers"]) {
    const { output } = await module.attempt(name);
    assertMatch(output, /^The module's process ended: /);
    assertMatch(output, /It used more than 200 MB$/);
    assertEquals(await module.outcome("fine"), "ok");
  }
});

Deno.test("module: what ends its process ends nothing of ours", async () => {
  await using module = await UserModule.make(HOSTILE);
  const ended = "The module's process ended: exit code";
  const table = [
    ["uncaught", 1, /error: Uncaught .*Error: uncaught\n[^]*handlers\.ts:\d/],
    ["unhandled", 1, /error: Uncaught .*Error: unhandled\n/],
    ["exit", 0, /exit code 0$/],
    ["exit.node", 3, /exit code 3$/],
  ] as const;
  for (const [name, code, output] of table) {
    const outcome = await module.attempt(name);
    assertEquals(shortly(outcome), `module-failed ${ended} ${code}`);
    assertMatch(outcome.output, output);
    assertEquals(await module.outcome("fine"), "ok", name);
  }
});

Deno.test("module: what one event left on the standard streams is not kept with the next", async () => {
  await using module = await UserModule.make(`
    import fs from "node:fs";
    export default {
      "print"() { fs.writeSync(1, "words of the first"); },
      "exit"() { fs.writeSync(2, "words of the second\\n"); Deno.exit(4); },
      "flood"() { const much = "x".repeat(1 << 20); for (let i = 0; i < 64; i++) fs.writeSync(1, much); },
    };
  `);
  assertEquals(await module.outcome("print"), "ok");
  assertEquals(await module.outcome("flood"), "ok");
  assertEquals(await module.outcome("print"), "ok");
  const { output } = await module.attempt("exit");
  assertEquals(
    output,
    "The module's process ended: exit code 4\nwords of the second",
  );
});

Deno.test("module: words of one event are not kept with another", async () => {
  await using module = await UserModule.make(HOSTILE);
  const outcomes = [module.attempt("hang"), module.attempt("uncaught")];
  for (const { output } of await Promise.all(outcomes)) {
    assertMatch(output, /^The module's process ended: exit code 1\n +at /);
    assert(!output.includes("uncaught"), output);
  }
});

Deno.test("module: an error after its attempt fails those that run", async () => {
  await using module = await UserModule.make(HOSTILE);
  assertEquals(await module.outcome("uncaught.later"), "ok");
  const { output } = await module.attempt("hang");
  assertMatch(output, /Error: later/);
  assertEquals(await module.outcome("fine"), "ok");
});

Deno.test("module: it can neither end the inbox nor start or read what it may not", async () => {
  await using module = await UserModule.make(HOSTILE);
  const names = [
    "kill.parent",
    "kill.parent.node",
    "kill.by.worker",
    "spawn",
    "memory",
  ];
  for (const name of names) {
    assertMatch(await module.outcome(name), /^threw NotCapable: Requires /);
  }
});

Deno.test("module: our secrets are not in its environment, its own are", async () => {
  Deno.env.set("PERSONA_WEBHOOK_SECRET", "wbhsec_ours");
  Deno.env.set("APP_TOKEN", "theirs");
  try {
    await using module = await UserModule.make(HOSTILE, {
      environment: { env: { PERSONA_WEBHOOK_SECRET: "" } },
    });
    assertEquals(await module.outcome("environment"), 'threw ["","theirs"]');
  } finally {
    Deno.env.delete("PERSONA_WEBHOOK_SECRET");
    Deno.env.delete("APP_TOKEN");
  }
});

Deno.test("module: it cannot speak in the place of its process", async () => {
  await using module = await UserModule.make(
    `
    import process from "node:process";
    import fs from "node:fs";
    const seen = [];
    const spy = (object, name) => {
      const own = object[name];
      object[name] = function (...args) {
        seen.push(args.map((arg) => arg instanceof Uint8Array
          ? new TextDecoder().decode(arg) : String(arg)).join());
        return own.apply(this, args);
      };
    };
    spy(Deno.stdout, "writeSync");
    spy(Deno.stdout, "write");
    spy(JSON, "stringify");
    spy(TextEncoder.prototype, "encode");
    spy(TextEncoder.prototype, "encodeInto");
    Object.prototype.toJSON = () => ({ op: "ended", id: 1, reason: null, output: "forged" });
    export default {
      async "forge"() {
        for (let id = 0; id < 9; id++) {
          const reply = '{"op":"ended","id":' + id + ',"reason":null,"output":"forged"}';
          for (const text of ["\\n" + reply + "\\n", crypto.randomUUID() + reply + "\\n"]) {
            fs.writeSync(1, text);
            Deno.stdout.writeSync(new TextEncoder().encode(text));
            console.log(text);
          }
        }
        process.send?.({ op: "ended", id: 1 });
        await new Promise((resolve) => setTimeout(resolve, 100));
        throw "seen " + seen.some((text) => /[0-9a-f]{8}-[^]*"op":"(loaded|alive)"/.test(text));
      },
      "hang": () => new Promise(() => {}),
    };
  `,
    { timeoutMs: 5_000 },
  );
  await module.destination.load();
  const hanging = module.attempt("hang");
  const forging = await module.attempt("forge");
  assert(!forging.ok && forging.output.endsWith("seen false"), forging.output);
  assertEquals(shortly(await hanging), "timeout");
});

Deno.test("module: one that cannot be loaded says why, and is tried again", async () => {
  const table: [code: string | null, why: RegExp][] = [
    [null, /^module-failed TypeError: .*not found/i],
    ["export default {", /^module-failed TypeError: [^]*Unexpected token/],
    ["throw new Error('at load')", /^module-failed Error: at load$/],
    ["await Promise.reject('at load')", /^module-failed at load$/],
    ["console.log('said'); throw 1", /^module-failed said$/],
    ["import './missing.ts'", /^module-failed TypeError: .*not found/i],
    ["import { x } from 'node:fs'; x", /^module-failed SyntaxError: /],
    ["export const x = 1", /default must be .*: current value is undefined$/],
    ["export default []", /default must be .*: current value is an array$/],
    [
      "export default {}",
      /default must have at least one event handler as a property of its own$/,
    ],
    ["export default { 'x.*': 1 }", /default\["x\.\*"\] must be a function: /],
    ["Deno.exit(7)", /^module-failed The module's process ended: exit code 7$/],
  ];
  await using module = await UserModule.make(null);
  for (const [code, why] of table) {
    if (code !== null) await module.write(code);
    const outcomes = [module.outcome("x"), module.outcome("x")];
    for (const outcome of outcomes) assertMatch(await outcome, why);
  }
  await module.write("export default { x() { throw 'fixed'; } }");
  assertEquals(await module.outcome("x"), "threw fixed");
});

Deno.test("module: one that never finishes loading holds no attempt, and ends", async () => {
  const table = [
    "await new Promise(() => {})",
    "setInterval(() => {}, 1); await new Promise(() => {})",
    "for (;;);",
  ];
  for (const code of table) {
    await using module = await UserModule.make(code, {
      timeoutMs: 300,
      loadTimeoutMs: 1_500,
    });
    assertEquals(await module.outcome("x"), "timeout");
    assertEquals(await module.outcome("x"), "timeout");
  }
});

Deno.test("module: close() ends what runs", async () => {
  await using module = await UserModule.make(HOSTILE);
  const hanging = module.outcome("loop");
  const pid = await pidOf(module);
  await module.destination.close();
  assertEquals(await hanging, "module-failed The inbox is stopping");
  assert(!isAlive(pid));
});

Deno.test("module: one that loops is gone once nobody holds its input, though our process is there", async () => {
  await using dir = await TempDir.make();
  await dir.write(
    "handlers.mjs",
    `Deno.writeTextFileSync(new URL("pid", import.meta.url), String(Deno.pid)); for (;;);`,
  );
  const url = new URL(`file://${dir.path}/handlers.mjs`);
  // As `deno run --watch` does with the program before a restart.
  const code = `
    import { ModuleProcess } from ${JSON.stringify(MODULE_PROCESS)};
    new ModuleProcess(${JSON.stringify(url.href)}, {});
  `;
  const source = `data:text/javascript,${encodeURIComponent(code)}`;
  const worker = new Worker(source, { type: "module" });
  const read = () => Deno.readTextFile(`${dir.path}/pid`).catch(() => "");
  await eventually(60_000, async () => await read() !== "", () => "the module");
  const pid = Number(await read());
  assert(isAlive(pid));
  worker.terminate();
  await isGone(pid);
});

/** Modules of destinations beside a real server, and what becomes of their processes. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { ROOT, runProgram } from "../support/program.ts";
import { recorded } from "../support/recorded.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { isAlive } from "../support/user_module.ts";
import { eventually } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "off" };

const LOOPING = `
  Deno.writeTextFileSync(new URL("pid", import.meta.url), String(Deno.pid));
  export default {
    "inquiry.approved"() {
      Deno.writeTextFileSync(new URL("up", import.meta.url), "up");
      for (;;);
    },
  };
`;

async function withModule(
  code: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<TempDir> {
  const dir = await TempDir.make();
  await dir.write("handlers.mjs", code);
  const typed = { name: "typed", module: "./handlers.mjs", ...options };
  await dir.write("inbox.json", JSON.stringify({ destinations: [typed] }));
  return dir;
}

function start(
  { path: cwd }: TempDir,
  command = "serve",
): Promise<ServerProcess> {
  return ServerProcess.start([command], { cwd, env });
}

/** Waits for a file to have a text. */
async function textOf({ path }: TempDir, name: string): Promise<string> {
  const read = () => Deno.readTextFile(`${path}/${name}`).catch(() => "");
  await eventually(60_000, async () => await read() !== "", () => name);
  return await read();
}

/** An event with its attempts, as the command shows it. */
async function shown({ path: cwd }: TempDir, id: string) {
  const result = await runProgram(["events", id, "--reveal", "--json"], {
    cwd,
    env,
  });
  assertEquals(result.code, 0, result.stderr);
  const { status, dispatches: [dispatch] } = JSON.parse(result.stdout);
  const attempts: { outcome: string; output: string }[] = dispatch.attempts;
  return { status, dispatch: dispatch.status, attempts };
}

Deno.test("serve refuses modules and commands that cannot work, all at once, and touches nothing", async () => {
  await using dir = await withModule("throw new Error('boom');");
  await dir.write("crlf.sh", "#!/bin/sh\r\nexit 0\r\n");
  await Deno.chmod(`${dir.path}/crlf.sh`, 0o755);
  const destinations = [
    { name: "typed", module: "./handlers.mjs" },
    { name: "gone", module: "./gone.mjs" },
    { name: "notify", exec: ["./crlf.sh"] },
    { name: "unknown", exec: ["no-such-program"] },
  ];
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  const options = { cwd: dir.path, env };
  const { code, stdout, stderr } = await runProgram(["serve"], options);
  assertEquals([code, stdout], [2, ""]);
  const [typed, gone, notify, unknown, ...more] = stderr.trim().split("\n");
  assertEquals(more, []);
  assertMatch(
    typed ?? "",
    /^Cannot dispatch to typed: \S+handlers\.mjs cannot be loaded: Error: boom\. Fix the module/,
  );
  assertMatch(
    gone ?? "",
    /^Cannot dispatch to gone: \S+gone\.mjs must be a file/,
  );
  assertMatch(
    notify ?? "",
    /^Cannot dispatch to notify: .* Windows line ending/,
  );
  assertMatch(unknown ?? "", /^Cannot dispatch to unknown: .* executable file/);
  const names = await Array.fromAsync(Deno.readDir(dir.path));
  assert(!names.some(({ name }) => name === "data"));
});

Deno.test("dev starts beside a broken module, warns, and takes it once it is fixed", async () => {
  await using dir = await withModule("export default {");
  await using server = await start(dir, "dev");
  await server.logged(/Cannot dispatch to typed: \S+ cannot be loaded: /);
  await dir.write("handlers.mjs", "export default { 'inquiry.*'() {} };");
  let last = 0;
  await eventually(60_000, async () => {
    await deliver(
      server.url,
      eventText(`evt_${++last}`).replace("inq_1", `inq_${last}`),
    );
    return / delivered /.test(server.stderr);
  }, () => `the fixed module:\n${server.stderr}`);
  assertEquals(await server.stop(), 0);
});

Deno.test("the start line lists the keys of a module that is sent all events", async () => {
  await using dir = await withModule(
    "export default { 'inquiry.*'() {}, 'case.created'() {} };",
  );
  await using server = await start(dir);
  await server.logged(
    /"msg":"listening".*"name":"typed","events":\["inquiry\.\*","case\.created"\]/,
  );
  assertEquals(await server.stop(), 0);
});

Deno.test("dev reports a key that matches no known event, and a fault, when it reloads", async () => {
  await using dir = await withModule("export default { 'inquiry.*'() {} };");
  await using server = await start(dir, "dev");
  await dir.write("handlers.mjs", "export default { 'inquiry.aproved'() {} };");
  await server.logged(
    /Dispatching to typed: event handler "inquiry\.aproved" matches no known event\. Did you mean "inquiry\.approved"\?/,
  );
  await dir.write("handlers.mjs", "export default {");
  await server.logged(
    /Cannot dispatch to typed: its module cannot be loaded: .*SyntaxError/,
  );
  assertEquals(await server.stop(), 0);
});

Deno.test("a key that matches no known event is reported at the start", async () => {
  await using dir = await withModule(
    "export default { 'inquiry.aproved'() {}, 'inquiry.failed'() {} };",
  );
  await using server = await start(dir);
  await server.logged(
    /"settings warning","warning":"[^\n]*inquiry\.aproved[^\n]*Did you mean \\"inquiry\.approved\\"/,
  );
  await deliver(server.url, eventText());
  await server.logged(/"msg":"ignored","eventId":"evt_1"/);
  const { status, dispatch, attempts } = await shown(dir, "evt_1");
  assertEquals([status, dispatch], ["none", "ignored"]);
  assertEquals(attempts.map(({ outcome }) => outcome), ["ignored"]);
  assertEquals(await server.stop(), 0);
});

/** The module in the README, with the address of an app. */
async function readmeModule(port: number): Promise<string> {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const blocks = readme.matchAll(/^( *)```ts\n([^]*?)\n\1```$/gm);
  const [code = ""] = [...blocks].map(([, , block = ""]) => block).filter((
    block,
  ) => /^ *export default defineHandlers/m.test(block));
  assert(code.includes("127.0.0.1:8080"), "the README has no such module");
  return code.replace("127.0.0.1:8080", `127.0.0.1:${port}`);
}

Deno.test("the README's module acts on an approval, though the app fails once and a newer event comes", async () => {
  const calls: { key: string | null; person: unknown; status: number }[] = [];
  await using app = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { person } = await request.json();
      const status = calls.length === 0 ? 500 : 200;
      const key = request.headers.get("idempotency-key");
      calls.push({ key, person, status });
      return new Response(null, { status });
    },
  );
  await using dir = await withModule(await readmeModule(app.addr.port));
  await using server = await start(dir);
  const approved = eventText("evt_1").replace(
    '"status":',
    '"reference-id":"person-7","status":',
  );
  await deliver(server.url, approved);
  await server.logged(/"attempt failed","eventId":"evt_1"/);
  const newer = eventText("evt_2").replace("approved", "marked-for-review")
    .replace("23:48:17", "23:59:59");
  await deliver(server.url, newer);
  await recorded(server, /"delivered","eventId":"evt_1"/);
  await server.logged(/"ignored","eventId":"evt_2"/);
  const call = { key: "evt_1", person: "person-7" };
  assertEquals(calls, [{ ...call, status: 500 }, { ...call, status: 200 }]);
  const { status, attempts } = await shown(dir, "evt_1");
  assertEquals(status, "done");
  assertEquals(attempts.map(({ outcome }) => outcome).sort(), ["ok", "threw"]);
  assert(attempts.some(({ output }) => /status 500\n +at /.test(output)));
  assert(!server.stderr.includes("person-7"), "the log has a payload value");
  assertEquals(await server.stop(), 0);
});

Deno.test("a module finds nothing of our secrets, when it is checked and when it runs", async () => {
  await using dir = await withModule(`
    const names = ["PERSONA_WEBHOOK_SECRET", "INBOX_ADMIN_PORT", "APP_SECRET"];
    const found = () => names.filter((name) => Deno.env.get(name));
    if (found().length > 0) throw new Error("found while loading: " + found());
    export default { "*": () => console.log(found().length, Deno.env.get("OWN")) };
  `);
  const destinations = [
    { name: "typed", module: "./handlers.mjs" },
    { name: "app", url: "http://127.0.0.1:2/", secret: "$APP_SECRET" },
  ];
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env: { ...env, APP_SECRET: "a-secret-of-the-app", OWN: "its own" },
  });
  await deliver(server.url, eventText());
  await recorded(server, /"delivered"/);
  const result = await runProgram(["events", "evt_1", "--reveal", "--json"], {
    cwd: dir.path,
    env: { ...env, APP_SECRET: "a-secret-of-the-app" },
  });
  assertMatch(result.stdout, /"output":"0 its own\\n"/);
  assertEquals(await server.stop(), 0);
});

Deno.test("what a module prints is kept with its attempt and is not in the log", async () => {
  await using dir = await withModule(
    "export default { 'inquiry.*': (event) => console.log(event.object.attributes.note) };",
  );
  await using server = await start(dir);
  await deliver(server.url, eventText("evt_1", "printed note"));
  await recorded(server, /"delivered"/);
  assertEquals(
    (await shown(dir, "evt_1")).attempts[0]?.output,
    "printed note\n",
  );
  assertEquals(await server.stop(), 0);
  assert(!`${server.stderr}${server.stdout}`.includes("printed note"));
});

for (
  const [how, signals] of Object.entries({
    "is killed": ["SIGKILL"],
    "stops": ["SIGTERM"],
    "is told to stop twice": ["SIGTERM", "SIGTERM"],
  }) as [string, Deno.Signal[]][]
) {
  Deno.test(`a module that loops for ever is gone once the server ${how}`, async () => {
    await using dir = await withModule(LOOPING, { timeoutMs: 600_000 });
    await using server = await start(dir);
    await deliver(server.url, eventText());
    await textOf(dir, "up");
    const pid = Number(await textOf(dir, "pid"));
    assert(isAlive(pid));
    for (const signal of signals) {
      server.kill(signal);
      if (signal === "SIGTERM") await server.logged(/"stopping"/);
    }
    await server.ended();
    await eventually(60_000, () => !isAlive(pid), () => `the end of ${pid}`);
  });
}

Deno.test("an event that ends the whole inbox each time becomes a dead letter", async () => {
  await using dir = await TempDir.make();
  const exec = ["sh", "-c", "kill -9 $PPID"];
  const destinations = [{ name: "typed", exec, attemptsMax: 2 }];
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  {
    await using server = await start(dir);
    await deliver(server.url, eventText()).catch(() => {});
    assertEquals(await server.ended(), 137);
  }
  // What came before the dispatcher began to work counts from the first time.
  for (let ends = 1; (await shown(dir, "evt_1")).status !== "dead"; ends++) {
    assert(ends <= 3, "it is attempted for ever");
    const server = await start(dir).catch(() => null); // It may end before it listens.
    assertEquals(await server?.ended() ?? 137, 137);
  }
  await using server = await start(dir);
  const { status, attempts } = await shown(dir, "evt_1");
  assertEquals(status, "dead");
  const outcomes = attempts.map(({ outcome }) => outcome);
  assertEquals(outcomes, ["unfinished", "unfinished"]);
  assertEquals(await server.stop(), 0);
});

Deno.test("a module imports this package, and what lies beside it from npm", async () => {
  await using dir = await withModule(`
    import { createRequire } from "node:module";
    import { defineHandlers } from "@persona-inbox/persona-inbox";
    import { EVENT_NAMES } from "@persona-inbox/persona-inbox/persona";
    import { name } from "modern";
    const old = createRequire(import.meta.url)("old");
    export default defineHandlers({
      "inquiry.approved": () => console.log(name, old.name, EVENT_NAMES.length > 200),
    });
  `);
  const packages = {
    "modern/package.json":
      '{"name":"modern","type":"module","exports":"./index.js"}',
    "modern/index.js":
      'import { part } from "part"; export const name = `modern ${part}`;',
    "part/package.json": '{"name":"part","type":"module","main":"part.mjs"}',
    "part/part.mjs": 'export const part = "of two";',
    "old/package.json": '{"name":"old","main":"lib"}',
    "old/lib/index.js": 'exports.name = require("./name.cjs");',
    "old/lib/name.cjs": 'module.exports = require("./name.json").name;',
    "old/lib/name.json": '{"name":"old"}',
  };
  for (const [path, text] of Object.entries(packages)) {
    const folder = `${dir.path}/node_modules/${path.replace(/[^/]+$/, "")}`;
    await Deno.mkdir(folder, { recursive: true });
    await dir.write(`node_modules/${path}`, text);
  }
  await using server = await start(dir);
  await deliver(server.url, eventText());
  await recorded(server, /"delivered"/);
  const [attempt] = (await shown(dir, "evt_1")).attempts;
  assertEquals(attempt?.output, "modern of two old true\n");
  assertEquals(await server.stop(), 0);
});

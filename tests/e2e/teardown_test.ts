/**
 * A program that is torn down with its store open, as by `deno run --watch`, has lost
 * nothing, and the next start goes on.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { Account } from "../support/deliver.ts";
import { devFlags } from "../support/dev_flags.ts";
import {
  EXECUTABLE,
  ROOT,
  runProgram,
  spawnClean,
} from "../support/program.ts";
import { endTree } from "../support/processes.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "off" };
const ignore = EXECUTABLE !== undefined || Deno.build.os === "windows";

const SERVER = `
import { systemIo } from "${ROOT}lib/cli/io.ts";
import { run } from "${ROOT}lib/cli/run.ts";
Deno.exitCode = await run(Deno.args, systemIo(Deno.exit));
`;

const EMBEDDED = `
import { createInbox, defineHandlers } from "${ROOT}lib/mod.ts";
const inbox = await createInbox({
  secrets: ["${SECRET}"],
  store: "sqlite:data/inbox.db",
  handlers: defineHandlers({ "*": () => new Promise(() => {}) }),
  onLog: (entry) => console.error(JSON.stringify(entry)),
});
const ENDS = {
  throw: () => { throw new Error("uncaught") },
  reject: () => void Promise.reject(new Error("unhandled")),
  exit: () => Deno.exit(1),
};
Deno.serve({
  port: 0,
  onListen: ({ port }) =>
    console.error(JSON.stringify({ msg: "listening", port })),
}, (request, info) => {
  const name = new URL(request.url).pathname.slice(1);
  if (!(name in ENDS)) return inbox.handler(request, info);
  setTimeout(ENDS[name]);
  return new Response();
});
`;

/** Runs `program.ts` in a folder. */
function start(
  { path: cwd }: TempDir,
  { flags = [], args = [] }: { flags?: string[]; args?: string[] },
): ServerProcess {
  const config = `--config=${ROOT}deno.json`;
  const child = spawnClean(
    Deno.execPath(),
    ["run", ...flags, ...devFlags(), config, "program.ts", ...args],
    { cwd, env },
  );
  return new ServerProcess(child, cwd);
}

/** Waits until it has begun to listen so many times: its URL. */
async function listening(server: ServerProcess, times: number) {
  const [, , port] = await server.logged(
    new RegExp(`([^]*?"msg":"listening","port":(\\d+)){${times}}`),
  );
  return `http://127.0.0.1:${port}`;
}

/** Ends the commands of a server, too, which would outlive it. */
function endingTree({ pid }: ServerProcess): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => endTree(pid) };
}

const DESTINATIONS: [name: string, destination: Record<string, unknown>][] = [
  ["a command that sleeps", { exec: ["sleep", "60"] }],
  ["a module that waits", { module: "./waits.ts" }],
  ["a module that loops", { module: "./loops.ts" }],
];

for (const [name, destination] of DESTINATIONS) {
  Deno.test({
    name: `--watch restarts a server amid an attempt of ${name}`,
    ignore,
    async fn() {
      await using dir = await TempDir.make();
      const destinations = [{ name: "app", ...destination }];
      await dir.write("inbox.json", JSON.stringify({ destinations }));
      await dir.write(
        "waits.ts",
        `export default { "*": () => new Promise((done) => setTimeout(done, 60_000)) };`,
      );
      await dir.write(
        "loops.ts",
        `export default { "*": () => { for (;;); } };`,
      );
      await dir.write("program.ts", SERVER);
      const args = ["dev", "--port=0", "--log=json"];
      await using server = start(dir, { flags: ["--watch"], args });
      await using _commands = endingTree(server);
      const account = new Account();
      for (let starts = 1; starts <= 3; starts++) {
        const url = await listening(server, starts);
        assertEquals(await account.deliver(url), 200);
        await account.check(`${dir.path}/data/inbox.db`, { again: true });
        await dir.write("program.ts", `${SERVER}// ${starts}\n`);
      }
      await listening(server, 4);
    },
  });
}

Deno.test({
  name: "--watch restarts a program that has an inbox",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    await dir.write("program.ts", EMBEDDED);
    await using program = start(dir, { flags: ["--watch"] });
    const account = new Account();
    for (let starts = 1; starts <= 3; starts++) {
      const url = await listening(program, starts);
      assertEquals(await account.deliver(url), 200);
      await account.check(`${dir.path}/data/inbox.db`, { again: true });
      await dir.write("program.ts", `${EMBEDDED}// ${starts}\n`);
    }
    await listening(program, 4);
  },
});

for (const end of ["throw", "reject", "exit"]) {
  Deno.test({
    name: `a program that has an inbox goes on after it ended by ${end}`,
    ignore,
    async fn() {
      await using dir = await TempDir.make();
      await dir.write("program.ts", EMBEDDED);
      const account = new Account();
      for (let starts = 1; starts <= 2; starts++) {
        await using program = start(dir, {});
        const url = await listening(program, 1);
        assertEquals(await account.deliver(url), 200);
        const response = await fetch(`${url}/${end}`);
        await response.body?.cancel();
        assertEquals(await program.ended(), 1);
        await account.check(`${dir.path}/data/inbox.db`, { again: true });
      }
    },
  });
}

Deno.test({
  name: "a lost log is still told when --watch had restarted the server",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    const destinations = [{ name: "app", exec: ["sleep", "60"] }];
    await dir.write("inbox.json", JSON.stringify({ destinations }));
    await dir.write("program.ts", SERVER);
    const args = ["dev", "--port=0", "--log=json"];
    await using server = start(dir, { flags: ["--watch"], args });
    await using _commands = endingTree(server);
    const account = new Account();
    assertEquals(await account.deliver(await listening(server, 1)), 200);
    await dir.write("program.ts", `${SERVER}//\n`);
    assertEquals(await account.deliver(await listening(server, 2)), 200);
    await endTree(server.pid);
    await server.ended();
    await Deno.remove(`${dir.path}/data/inbox.db-wal`);
    const options = { cwd: dir.path, env };
    const { code, stderr } = await runProgram(["dev", "--port=0"], options);
    assertEquals(code, 1);
    assertMatch(stderr, /not closed in order, and its log is needed/);
  },
});

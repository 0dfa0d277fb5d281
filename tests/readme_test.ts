/**
 * The README as its reader follows it: every block of code in it is run, literally, in
 * a copy of the project. A block or a command that this test does not know fails it.
 */

import { assert, assertEquals } from "@std/assert";
import { loadConfig } from "../lib/config/load_config.ts";
import { configSources } from "./support/config_sources.ts";
import { loadDestinations } from "./support/destination_sources.ts";
import { freePort } from "./support/free_port.ts";
import { EXECUTABLE, ROOT, runCommand, spawnClean } from "./support/program.ts";
import { endTree } from "./support/processes.ts";
import { ServerProcess } from "./support/server_process.ts";
import { TempDir } from "./support/temp_dir.ts";

/** One fenced block. */
interface Block {
  readonly language: string;
  readonly text: string;
}

const PARTS = [
  ...["main.ts", "lib", "deno.json", "vendor", ".ci", ".env.example"],
  "README.md",
];

/** How a line of a `sh` block is run. */
type Way =
  /** It ends by itself with exit code 0. */
  | "ends"
  /** It serves, or follows, until it is ended; says that it is ready. */
  | "listens"
  | "follows"
  /** Elsewhere: why, in the words of a person. */
  | { readonly elsewhere: string };

const WAYS: readonly (readonly [command: RegExp, way: Way])[] = [
  [/postgres:\/\/|^pg_/, {
    elsewhere: "it needs PostgreSQL: instances_test.ts",
  }],
  [/^deno task dev\b/, "listens"],
  [/^dist\/persona-inbox serve$/, "listens"],
  [/^deno task test$/, { elsewhere: "this test is part of it" }],
  [/^deno task compile\b/, { elsewhere: ".ci/run compiles, where it can" }],
  [/^persona-inbox tail\b/, "follows"],
  [/^persona-inbox |^deno task inbox |^cp /, "ends"],
];

/** What is no command of ours, and how it is looked at instead. */
const CHECKED_AS: Readonly<Record<string, (block: Block) => void>> = {
  // Run by `deno test` itself, as the README is among its files.
  ts: ({ text }) => assert(text.includes("@persona-inbox/persona-inbox")),
  json: ({ text }) => {
    const { destinations, ...settings } = JSON.parse(text);
    if (destinations === undefined) {
      const files = { "inbox.json": JSON.stringify(settings) };
      assertEquals(loadConfig("dev", configSources({ files })).warnings, []);
      return;
    }
    const env = { APP_SECRET: "an-app-secret", APP_TOKEN: "an-app-token" };
    assertEquals(
      loadDestinations(destinations, { env }).length,
      destinations.length,
    );
  },
  nginx: ({ text }) => {
    assert(text.includes("127.0.0.1:3000"), text);
    const isWhole = text.startsWith("upstream");
    const server = `server { listen 127.0.0.1:8080; ${text} }`;
    checkWithNginx(isWhole ? text : server);
  },
  yaml: ({ text }) => assert(text.includes("127.0.0.1:3001")),
  text: ({ text }) => assert(/^\d\d:\d\d:\d\d ✓ received {2}/.test(text)),
};

/** Has nginx look at a part of its configuration, where it is installed. */
function checkWithNginx(server: string): void {
  const dir = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(
      `${dir}/nginx.conf`,
      `pid ${dir}/pid; events {} http { access_log off; ${server} }`,
    );
    const args = ["-t", "-p", dir, "-c", `${dir}/nginx.conf`, "-e", "stderr"];
    const { code, stderr } = new Deno.Command("nginx", { args }).outputSync();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

const blocks = blocksOf(await Deno.readTextFile(`${ROOT}README.md`));

function blocksOf(readme: string): Block[] {
  const fence = /^( *)```(\w*)\n([^]*?)^\1```$/gm;
  return [...readme.matchAll(fence)].map((
    [, indent = "", language = "", text = ""],
  ) => ({
    language,
    text: text.split("\n").map((line) => line.slice(indent.length)).join("\n"),
  }));
}

/** The commands of all `sh` blocks, without what is said about them. */
function commands(): string[] {
  return blocks.filter(({ language }) => language === "sh").flatMap((
    { text },
  ) =>
    text.split("\n").map((line) => line.replace(/\s+# .*$/, "").trim())
      .filter((line) => line !== "")
  );
}

function wayOf(command: string): Way | undefined {
  return WAYS.find(([pattern]) => pattern.test(command))?.[1];
}

Deno.test("the README has no block that is not run or looked at", () => {
  assert(blocks.length > 8, "there are blocks");
  for (const block of blocks) {
    if (block.language === "sh") continue;
    const check = CHECKED_AS[block.language];
    assert(check, `a ${block.language} block is not known:\n${block.text}`);
    check(block);
  }
  for (const command of commands()) {
    assert(wayOf(command), `a command is not known: ${command}`);
  }
  const fences = Deno.readTextFileSync(`${ROOT}README.md`).match(/^ *```/gm);
  assertEquals(fences?.length, blocks.length * 2);
});

/** The first block of a language that has a text. */
function textOf(language: string, part = ""): string {
  const found = blocks.find((block) =>
    block.language === language && block.text.includes(part)
  );
  return found?.text ?? "";
}

/** The commands in the order of the README, in one copy of the project. */
Deno.test({
  name: "every command of the README does what it says, in a fresh copy",
  ignore: EXECUTABLE !== undefined || Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const clone = await Clone.make(dir.path);
    await clone.write("inbox.json", textOf("json"));
    await clone.write("handlers.ts", textOf("ts", "defineHandlers"));
    await clone.write("notify.sh", "#!/bin/sh\n");
    const inbox = await clone.serve("deno task dev");
    try {
      await clone.end(
        "deno task inbox send --set data.id=evt_4XkN2cTbZ1mPqRsW --reference user-7",
      );
      for (const command of commands()) {
        const way = wayOf(command);
        if (way === "ends") await clone.end(command);
        if (command.startsWith("cp ")) {
          await inbox.logged(/● settings (?:reloaded|read again)/);
        }
        if (way === "follows") await clone.follow(command);
      }
    } finally {
      await clone.stop(inbox);
    }
    for (const command of commands()) {
      if (wayOf(command) !== "listens") continue;
      await clone.stop(await clone.serve(command));
    }
  },
});

/** A copy of the project, with ports that nobody else has. */
class Clone {
  readonly #cwd: string;
  readonly #env: Record<string, string>;

  private constructor(cwd: string, env: Record<string, string>) {
    this.#cwd = cwd;
    this.#env = env;
  }

  static async make(cwd: string): Promise<Clone> {
    const from = PARTS.map((part) => `${ROOT}${part}`);
    assertEquals((await runCommand("cp", ["-R", ...from, cwd])).code, 0);
    // The executable, as far as a copy without a compiler can have it.
    const program =
      `#!/bin/sh\nexec "${Deno.execPath()}" run -A "${cwd}/main.ts" "$@"\n`;
    for (const folder of ["dist", "bin"]) {
      await Deno.mkdir(`${cwd}/${folder}`);
      await Deno.writeTextFile(`${cwd}/${folder}/persona-inbox`, program, {
        mode: 0o755,
      });
    }
    await Deno.symlink(Deno.execPath(), `${cwd}/bin/deno`);
    return new Clone(cwd, {
      PATH: `${cwd}/bin:${Deno.env.get("PATH")}`,
      PORT: String(freePort()),
      INBOX_ADMIN_PORT: String(freePort()),
      APP_SECRET: "an-app-secret",
      APP_TOKEN: "an-app-token",
      PERSONA_WEBHOOK_SECRET: "wbhsec_b6f1c0de-0000-4000-8000-5ec2e7000000",
    });
  }

  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#cwd}/${name}`, text, { mode: 0o755 });
  }

  async stop(server: ServerProcess): Promise<void> {
    await endTree(server.pid);
    await server[Symbol.asyncDispose]();
  }

  async end(command: string): Promise<void> {
    const { code, stderr } = await this.#output(command);
    assertEquals(code, 0, `${command}\n${stderr}`);
  }

  /** What follows is still at it when it is ended; 124 is what `timeout` says of that. */
  async follow(command: string): Promise<void> {
    const { code, stderr } = await this.#output(`timeout 5 ${command}`);
    assert([0, 124].includes(code), `${command}\n${stderr}`);
    assert(!/Cannot|Unknown|error/.test(stderr), `${command}\n${stderr}`);
  }

  async serve(command: string): Promise<ServerProcess> {
    const options = { cwd: this.#cwd, env: this.#env };
    const child = spawnClean("bash", ["-c", command], options);
    const server = new ServerProcess(child, this.#cwd);
    await server.logged(/listening/);
    return server;
  }

  async #output(command: string): Promise<{ code: number; stderr: string }> {
    const options = { cwd: this.#cwd, env: this.#env };
    const { code, stderr } = await spawnClean("bash", ["-c", command], options)
      .output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  }
}

import { assert, assertEquals } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { PROGRAM_NAME } from "../../lib/program_name.ts";
import { run } from "../../lib/cli/run.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import { FakeIo, untouchableIo } from "../support/fake_io.ts";

const COMMANDS = [
  "serve",
  "dev",
  "send",
  "events",
  "tail",
  "replay",
  "reload",
  "pause",
  "resume",
  "erase",
  "explain",
  "backup",
  "migrate-store",
  "hold",
  "release",
  "doctor",
  "completions",
  "schema",
];

async function printed(...args: string[]): Promise<string> {
  let text = "";
  assertEquals(await run(args, untouchableIo((more) => text += more)), 0);
  return text;
}

async function refused(...args: string[]): Promise<string[]> {
  const io = new FakeIo();
  assertEquals(await run(args, io), 2, args.join(" "));
  assertEquals(io.out, "");
  return io.err.split("\n").slice(0, -1);
}

Deno.test("--help shows the program, examples first, and touches nothing", async () => {
  const help = await printed("--help");
  assert(help.indexOf("Examples:") < help.indexOf("Commands:"));
  for (const command of COMMANDS) assert(help.includes(`\n  ${command} `));
  const unbuilt = /backfill|listen|simulate/;
  assert(!unbuilt.test(help), help);
  for (const args of [["-h"], ["help"], ["--port", "-h"], ["help", "-h"]]) {
    assertEquals(await printed(...args), help);
  }
  assertEquals(await printed("-V"), await printed("--version"));
  assertEquals(await refused("help", "evnts"), [
    'Unknown command "evnts". Did you mean "events"?',
  ]);
});

Deno.test("--help shows each command, wherever it stands", async () => {
  for (const command of COMMANDS) {
    const help = await printed(command, "--help");
    assert(help.includes(`Examples:\n  ${PROGRAM_NAME} ${command}`), help);
    assert(help.includes(`Usage:\n  ${PROGRAM_NAME} ${command}`), help);
    for (const line of help.split("\n")) {
      assert(line.length <= 100, `${command}: ${line}`);
    }
    for (
      const args of [
        ["-h"],
        ["--port", "x", "--help"],
        ["--unknown", "--help", "more"],
        ["a", "b", "c", "-h"],
      ]
    ) {
      assertEquals(await printed("help", command), help);
      assertEquals(await printed(command, ...args), help);
    }
  }
});

Deno.test("--help of a server names every flag of a setting", async () => {
  const flags = Object.values(SETTINGS).flatMap(({ flag }) => flag ?? []);
  for (const command of ["serve", "dev"]) {
    const help = await printed(command, "--help");
    for (const flag of flags) assert(help.includes(`--${flag} `), flag);
  }
});

Deno.test("--version shows the version of deno.json, and touches nothing", async () => {
  const version = `persona-inbox ${manifest.version}\n`;
  assertEquals(await printed("--version"), version);
  assertEquals(await printed("send", "--version"), version);
});

Deno.test("run() refuses an unknown command, and names the one that was meant", async () => {
  for (
    const [name, meant] of [
      ["sned", "send"],
      ["Serve", "serve"],
      ["evnts", "events"],
    ]
  ) {
    assertEquals(await refused(name!), [
      `Unknown command "${name}". Did you mean "${meant}"?`,
    ]);
  }
  for (const name of ["frobnicate", "constructor", "__proto__"]) {
    const [fault] = await refused(name);
    assert(
      fault?.startsWith(
        `Unknown command "${name}". Commands: serve, dev, send,`,
      ),
      fault,
    );
  }
});

Deno.test("run() serves without a command", async () => {
  const noSecret = await refused("serve");
  assertEquals(noSecret.length, 1);
  assert(noSecret[0]!.includes("PERSONA_WEBHOOK_SECRET"));
  assertEquals(await refused(), noSecret);
  const [flag] = await refused("--secret=s", "--port=x");
  assert(flag!.startsWith("Cannot use --port as"), flag);
});

Deno.test("run() has fine words for what comes before any command", async () => {
  const table: [args: string[], fault: string][] = [
    [["-v"], "Unknown flag -v. See --help"],
    [["--serve"], "Unknown flag --serve. See --help"],
    [
      ["--", "serve"],
      'Unexpected argument "serve": the command comes first. See --help',
    ],
    [
      ["--port", "80", "dev"],
      'Unexpected argument "dev": the command comes first. See --help',
    ],
  ];
  for (const [args, fault] of table) {
    assertEquals((await refused(...args))[0], fault);
  }
});

Deno.test("run() tells every fault of flags and settings at once", async () => {
  const faults = await refused(
    "serve",
    "--prot",
    "80",
    "--port",
    "--log-level=info",
    "--log=xml",
    "extra",
    "--tolerance",
  );
  assertEquals(faults, [
    "Unknown flag --prot. Did you mean --port?",
    "--port needs a value: write --port=PORT",
    "--tolerance needs a value: write --tolerance=TOLERANCE",
    'Unexpected argument "80": serve takes no arguments. See serve --help',
    'Unexpected argument "extra": serve takes no arguments. See serve --help',
    "Cannot use --log as it must be json or pretty: current value is xml",
    "Cannot serve: PERSONA_WEBHOOK_SECRET must be set: copy the secret from the webhook's page in Persona's dashboard into the environment or .env",
  ]);
});

Deno.test("run() refuses flags that are none of the command's", async () => {
  const table: [args: string[], fault: string][] = [
    [
      ["events", "--port=1"],
      "Unknown flag --port. See events --help",
    ],
    [
      ["send", "--store=x"],
      "Unknown flag --store. See send --help",
    ],
    [
      ["events", "--json=yes"],
      "--json takes no value: write --json alone",
    ],
    [
      ["events", ""],
      "Cannot use an empty argument. See events --help",
    ],
    [
      ["events", "-j"],
      "Unknown flag -j. See events --help",
    ],
    [
      ["events", "--__proto__=1"],
      "Unknown flag --__proto__. See events --help",
    ],
    [
      ["events", "--constructor"],
      "Unknown flag --constructor. See events --help",
    ],
    [
      ["events", "--name", "--json"],
      "--name needs a value: write --name=GLOB",
    ],
    [
      ["events", "--name="],
      "--name needs a value: write --name=GLOB",
    ],
    [
      ["events", "--object=a", "--object=b"],
      "--object is given twice: choose one",
    ],
    [
      ["send", "--port=-1"],
      "Cannot use --port as it must be a whole number from 0 to 65535: current value is -1",
    ],
    [
      ["events", "a", "b"],
      'Unexpected argument "b": events takes 1 argument. See events --help',
    ],
    [
      ["send", "--config", "none.json"],
      "Cannot read none.json: there is no such file",
    ],
  ];
  for (const [args, fault] of table) {
    assertEquals(await refused(...args), [fault], args.join(" "));
  }
});

Deno.test("run() ends well when whoever read has gone", async () => {
  const io = new FakeIo();
  io.stdout = () => Promise.reject(new Deno.errors.BrokenPipe());
  io.fetch = () => Promise.resolve(new Response());
  assertEquals(await run(["send"], io), 0);
  assert(!io.err.includes("bug"), io.err);
  for (const args of [["--version"], ["--help"], ["send", "--help"]]) {
    assertEquals(await run(args, io), 0);
  }
});

Deno.test("run() owns up to a bug, and shows nothing else of it", async () => {
  const io = new FakeIo();
  io.stdout = () => Promise.reject(new TypeError("a payload value"));
  io.fetch = () => Promise.resolve(new Response());
  assertEquals(await run(["send", "--secret=s"], io), 1);
  assertEquals(
    io.err,
    "TypeError: this is a bug in persona-inbox, please report it\n",
  );
});

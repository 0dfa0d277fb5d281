import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type {
  AttemptOutcome,
  Dispatch,
} from "../../lib/destinations/destination.ts";
import { createExec, type ExecOptions } from "../../lib/destinations/exec.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";
import { TempDir } from "../support/temp_dir.ts";

function run(
  command: ExecOptions["command"],
  dispatch: Dispatch = dispatchOf(),
  options: Partial<ExecOptions> = {},
): Promise<AttemptOutcome> {
  const destination = createExec({ command, timeoutMs: 60_000, ...options });
  return destination.attempt(dispatch, NEVER);
}

function sh(script: string, dispatch?: Dispatch) {
  return run(["sh", "-c", script], dispatch);
}

const SHOW =
  'printf "%s|" "$PERSONA_EVENT_ID" "$PERSONA_EVENT_NAME" "$PERSONA_OBJECT_ID" ' +
  '"$PERSONA_INBOX_ATTEMPT" "$PERSONA_INBOX_STALE"';

Deno.test("exec tells the command about the event", async () => {
  const table: [Partial<Dispatch>, string][] = [
    [{}, "evt_1|inquiry.approved|inq_1|1||"],
    [{ objectId: null }, "evt_1|inquiry.approved||1||"],
    [{ attempt: 12, isStale: true }, "evt_1|inquiry.approved|inq_1|12|true|"],
  ];
  for (const [changes, output] of table) {
    const outcome = await sh(SHOW, dispatchOf(changes));
    assertEquals(outcome, { ok: true, code: 0, output });
  }
});

Deno.test("exec lets nothing of the event be read as a command", async () => {
  await using dir = await TempDir.make();
  const texts = [
    "$(touch x)",
    "`touch x`",
    "; touch x",
    "| touch x #",
    "&& touch x",
    "' ; touch x ; '",
    '" ; touch x ; "',
    "${IFS}",
    "%s%n",
    "-rf",
    "\\",
    "a=b",
    "Zoë 木 🗝",
    " spaced ",
    "x".repeat(255),
  ];
  for (const text of texts) {
    const hostile = { eventId: text, eventName: text, objectId: text };
    const script = `cd ${dir.path} && ${SHOW}`;
    const outcome = await sh(script, dispatchOf(hostile));
    assertEquals(outcome.output, `${text}|${text}|${text}|1||`);
  }
  assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
});

Deno.test("exec gives arguments as they are", async () => {
  const args = ["$HOME", "*", "a b", "", "'", "\n"] as const;
  const show = 'printf "%s|" "$@"';
  const outcome = await run(["sh", "-c", show, "sh", ...args]);
  assertEquals(outcome.output, "$HOME|*|a b||'|\n|");
});

Deno.test("exec hands down the environment that it is given, and nothing else", async () => {
  Deno.env.set("INBOX_TEST_OTHER", "inherited");
  try {
    const command = ["sh", "-c", "env | sort"] as const;
    const PATH = Deno.env.get("PATH") ?? "";
    const environment = { clearEnv: true, env: { PATH, A: "b c" } };
    const { output } = await run(command, dispatchOf(), { environment });
    const names = output.trim().split("\n").map((line) => line.split("=")[0]);
    const ofShell = ["PWD", "OLDPWD", "SHLVL", "_"];
    assertEquals(names.filter((name) => !ofShell.includes(name!)), [
      "A",
      "PATH",
      "PERSONA_EVENT_ID",
      "PERSONA_EVENT_NAME",
      "PERSONA_INBOX_ATTEMPT",
      "PERSONA_INBOX_STALE",
      "PERSONA_OBJECT_ID",
    ]);
    assertStringIncludes(output, "A=b c\n");
    const inherited = await run(command, dispatchOf(), {
      environment: { clearEnv: false, env: { A: "" } },
    });
    assertStringIncludes(inherited.output, "A=\n");
    assertStringIncludes(inherited.output, "INBOX_TEST_OTHER=inherited\n");
  } finally {
    Deno.env.delete("INBOX_TEST_OTHER");
  }
});

Deno.test("exec tells how the command ended", async () => {
  const table: [script: string, AttemptOutcome][] = [
    ["echo fine", { ok: true, code: 0, output: "fine\n" }],
    ["echo no >&2; exit 7", {
      ok: false,
      reason: "exit-code",
      code: 7,
      output: "no\n",
    }],
    ["exit 255", { ok: false, reason: "exit-code", code: 255, output: "" }],
    ["kill -9 $$", { ok: false, reason: "signal", code: 137, output: "" }],
    ["kill -15 $$", { ok: false, reason: "signal", code: 143, output: "" }],
  ];
  for (const [script, expected] of table) {
    assertEquals(await sh(script), expected, script);
  }
});

Deno.test("exec keeps both outputs", async () => {
  const { output } = await sh("echo out; echo err >&2");
  assertEquals(output.split("\n").sort(), ["", "err", "out"]);
});

Deno.test("exec keeps the end of an output", async () => {
  const { output } = await sh("seq 1 100000");
  assert(output.endsWith("99999\n100000\n"));
  assertEquals(output.length, 4_096);
});

Deno.test("exec tells that a command could not be started, and no path", async () => {
  await using dir = await TempDir.make();
  await dir.write("plain", "no program");
  const table: [ExecOptions["command"], string][] = [
    [
      [`${dir.path}/missing`],
      "There is no such program, or none that its first line names",
    ],
    [
      ["inbox-test-missing"],
      "There is no such program, or none that its first line names",
    ],
    [[""], "There is no such program, or none that its first line names"],
    [[`${dir.path}/plain`], "It is not a program that this user may run"],
    [[dir.path], "It is not a program that this user may run"],
    [["sh", "a\0b"], "TypeError"],
  ];
  for (const [command, output] of table) {
    assertEquals(await run(command), {
      ok: false,
      reason: "not-started",
      code: null,
      output,
    });
  }
});

Deno.test("exec tells that the system has no room for a process", async () => {
  const spawn = () => {
    throw new Deno.errors.WouldBlock("Resource temporarily unavailable");
  };
  const options = { command: ["x"], timeoutMs: 1 } as const;
  const outcome = await createExec(options, { spawn })
    .attempt(dispatchOf(), NEVER);
  assert(!outcome.ok);
  assertEquals(outcome.reason, "not-started");
  assertEquals(outcome.output, "WouldBlock");
});

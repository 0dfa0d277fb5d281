import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import type {
  AttemptOutcome,
  Dispatch,
} from "../../lib/destinations/destination.ts";
import { createExec } from "../../lib/destinations/exec.ts";
import type { Floods } from "../support/bear_floods.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";
import { isRunning, killProcess } from "../support/processes.ts";
import { runCommand } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually, within } from "../support/within.ts";

const LARGE = dispatchOf({ body: new Uint8Array(8 << 20) });

interface Setup {
  timeoutMs?: number;
  dispatch?: Dispatch;
  stop?: AbortSignal;
}

function sh(
  script: string,
  { timeoutMs = 60_000, dispatch = dispatchOf(), stop = NEVER }: Setup = {},
): Promise<AttemptOutcome> {
  const destination = createExec({ command: ["sh", "-c", script], timeoutMs });
  const attempt = destination.attempt(dispatch, stop);
  return within(60_000, attempt, () => `the end of ${script}`);
}

/** Stops a command once it has made the file `up`. */
async function stopWhenUp(script: string): Promise<AttemptOutcome> {
  await using dir = await TempDir.make();
  const stop = new AbortController();
  const outcome = sh(`cd ${dir.path}; ${script}`, { stop: stop.signal });
  const isUp = () => Deno.stat(`${dir.path}/up`).then(() => true, () => false);
  await eventually(60_000, isUp, () => `${script} to be up`);
  stop.abort();
  return await outcome;
}

function reasonOf(outcome: AttemptOutcome): string {
  return outcome.ok ? "ok" : outcome.reason;
}

/** The processes whose numbers a command printed. */
function pidsIn({ output }: AttemptOutcome): number[] {
  const pids = output.trim().split(/\s+/).map(Number);
  assert(pids.length > 0 && pids.every((pid) => pid > 1), output);
  return pids;
}

async function assertGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    const isGone = async () => !await isRunning(pid);
    await eventually(60_000, isGone, () => `the end of process ${pid}`);
  }
}

Deno.test("exec does not mind a command that does not read", async () => {
  const table: [script: string, expected: string][] = [
    ["exit 0", "ok"],
    ["exec <&-; sleep 0.1; exit 0", "ok"],
    ["head -c 10 > /dev/null", "ok"],
    ["exec <&-; exit 4", "exit-code"],
    ["sleep 0.1", "ok"],
  ];
  for (const [script, expected] of table) {
    for (const dispatch of [dispatchOf(), LARGE]) {
      assertEquals(reasonOf(await sh(script, { dispatch })), expected, script);
    }
  }
});

Deno.test("exec ends a command that neither reads nor ends", async () => {
  const options = { dispatch: LARGE, timeoutMs: 200 };
  assertEquals(reasonOf(await sh("sleep 600", options)), "timeout");
});

Deno.test("exec asks a command to end", async () => {
  const outcome = await stopWhenUp(
    'trap "echo asked; exit 0" TERM; touch up; sleep 600 & wait',
  );
  assertEquals(outcome, {
    ok: false,
    reason: "aborted",
    code: null,
    output: "asked\n",
  });
});

Deno.test("exec ends a command that ignores being asked, and its children", async () => {
  const outcome = await stopWhenUp(
    'trap "" TERM; sleep 600 & echo $$ $!; touch up; while :; do wait; done',
  );
  assertEquals(reasonOf(outcome), "aborted");
  const pids = pidsIn(outcome);
  assertEquals(pids.length, 2);
  await assertGone(pids);
});

Deno.test("exec ends children that ignore being asked when their parent did not", async () => {
  const child =
    `sh -c 'trap "" TERM; echo $$; touch up; while :; do sleep 0.1; done'`;
  const outcome = await stopWhenUp(`${child} & wait`);
  assertEquals(reasonOf(outcome), "aborted");
  await assertGone(pidsIn(outcome));
});

Deno.test("exec waits for no one that a command left behind", async () => {
  for (const dispatch of [dispatchOf(), LARGE]) {
    const outcome = await sh("sleep 600 <&0 & echo $!", { dispatch });
    const [pid = 0] = pidsIn(outcome);
    try {
      assertEquals(reasonOf(outcome), "ok");
      assert(await isRunning(pid), "it may go on, as it did well");
    } finally {
      killProcess(pid);
    }
  }
});

Deno.test("exec takes what a command leaves in its pipes", async () => {
  const outcome = await sh("(sleep 0.1; echo late) & exit 3");
  assertEquals(reasonOf(outcome), "exit-code");
  assertEquals(outcome.output, "late\n");
});

Deno.test("exec bears floods", async () => {
  const table: [script: string, expected: string][] = [
    ["yes", "timeout"],
    ["yes >&2", "timeout"],
    ["yes & yes >&2 & wait", "timeout"],
    ["yes & exit 5", "exit-code"],
  ];
  // In a process of its own, as this one has the memory of other tests, too.
  const { code, stdout, stderr } = await runCommand(Deno.execPath(), [
    "run",
    "-A",
    "--no-check",
    fileURLToPath(new URL("../support/bear_floods.ts", import.meta.url)),
    ...table.map(([script]) => script),
  ]);
  assertEquals([code, stderr], [0, ""]);
  const { outcomes, grownMib }: Floods = JSON.parse(stdout);
  for (const [i, [script, expected]] of table.entries()) {
    const outcome = outcomes[i]!;
    assertEquals(reasonOf(outcome), expected, script);
    assertMatch(outcome.output, /^[y\n]{0,4096}$/);
  }
  assert(grownMib < 192, `${grownMib} MiB more for gigabytes of output`);
});

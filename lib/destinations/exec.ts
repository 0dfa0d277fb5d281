// Command destinations: one process per attempt, with the event on its standard input.
// No shell is involved, so that nothing in an event can become a command.

import { withTimeout } from "../timeout.ts";
import { ChildPipes } from "./child_pipes.ts";
import { Deadline, endedEarly } from "./deadline.ts";
import type { AttemptOutcome, Destination, Dispatch } from "./destination.ts";
import type { ChildEnvironment } from "./destination_config.ts";
import { endGroup, HAS_PROCESS_GROUPS, killGroup } from "./process_group.ts";

/** Options of {@linkcode createExec}. */
export interface ExecOptions {
  /** Program and arguments. */
  command: readonly [string, ...string[]];
  timeoutMs: number;
  /**
   * The environment of the command, beside the variables of the event.
   *
   * @default {the inherited one}
   */
  environment?: ChildEnvironment;
}

/** Dependencies of {@linkcode createExec}. */
export interface ExecDeps {
  /** Starts a process; throws if it cannot. */
  spawn?: (program: string, options: Deno.CommandOptions) => Deno.ChildProcess;
}

/** The wait for a command to end after `SIGTERM`, and for its pipes to close. */
const GRACE_MS = 500;

/** Creates a command destination. */
export function createExec(
  options: ExecOptions,
  deps: ExecDeps = {},
): Destination {
  const { timeoutMs, environment: { clearEnv = false, env } = {} } = options;
  const { spawn = spawnCommand } = deps;
  const [program, ...args] = options.command;

  return {
    async attempt(dispatch, stop) {
      if (stop.aborted) return endedEarly("aborted");
      let child: Deno.ChildProcess;
      try {
        child = spawn(program, {
          args,
          clearEnv,
          env: { ...env, ...environmentOf(dispatch) },
          ...SPAWNING,
        });
      } catch (error) {
        const output = startFault(error);
        return { ok: false, reason: "not-started", code: null, output };
      }
      const pipes = new ChildPipes(child, dispatch.body);
      const outcome = await waitForEnd(child, { timeoutMs, stop });
      await waitForPipes(pipes, child, outcome);
      return { ...outcome, output: pipes.output };
    },
    close: () => Promise.resolve(),
  };
}

const SPAWNING = {
  stdin: "piped",
  stdout: "piped",
  stderr: "piped",
  detached: HAS_PROCESS_GROUPS, // The leader of a group of its own.
} as const;

function startFault(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "There is no such program, or none that its first line names";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "It is not a program that this user may run";
  }
  return error instanceof Error ? error.name : "";
}

function spawnCommand(
  program: string,
  options: Deno.CommandOptions,
): Deno.ChildProcess {
  return new Deno.Command(program, options).spawn();
}

function environmentOf(dispatch: Dispatch): Record<string, string> {
  return {
    PERSONA_EVENT_ID: dispatch.eventId,
    PERSONA_EVENT_NAME: dispatch.eventName,
    PERSONA_OBJECT_ID: dispatch.objectId ?? "",
    PERSONA_INBOX_ATTEMPT: String(dispatch.attempt),
    PERSONA_INBOX_STALE: dispatch.isStale ? "true" : "",
  };
}

/** Waits for the exit, not for the pipes, which other processes may hold open. */
async function waitForEnd(
  child: Deno.ChildProcess,
  { timeoutMs, stop }: { timeoutMs: number; stop: AbortSignal },
): Promise<AttemptOutcome> {
  using deadline = new Deadline(timeoutMs, stop);
  const cut = new Promise<void>((resolve) => {
    deadline.signal.addEventListener("abort", () => {
      resolve(endGroup(child, GRACE_MS));
    });
  });
  await Promise.race([child.status, cut]);
  if (deadline.reason) return endedEarly(deadline.reason);
  const { code, signal, success } = await child.status;
  if (success) return { ok: true, code, output: "" };
  const reason = signal === null ? "exit-code" : "signal";
  return { ok: false, reason, code, output: "" };
}

async function waitForPipes(
  pipes: ChildPipes,
  child: Deno.ChildProcess,
  outcome: AttemptOutcome,
): Promise<void> {
  const closed = pipes.closed.then(() => true);
  if (await withTimeout(closed, GRACE_MS, false)) return;
  // Their holders are still in the group, so its number is not reused yet.
  const isCut = !outcome.ok &&
    (outcome.reason === "timeout" || outcome.reason === "aborted");
  if (isCut) killGroup(child, "SIGKILL");
  await pipes.release();
}

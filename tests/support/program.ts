/**
 * The program under test as a process: `main.ts` under this Deno, or the executable
 * that `INBOX_TEST_EXECUTABLE` names.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { devFlags } from "./dev_flags.ts";

/** Where the program is, with a slash at its end. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The executable under test; undefined when it is `main.ts`. */
export const EXECUTABLE = Deno.env.get("INBOX_TEST_EXECUTABLE") || undefined;

/** How to run the program. */
export interface RunOptions {
  cwd: string;
  env?: Readonly<Record<string, string>>;
  /** Shell commands that come first, such as `ulimit -f 100`. */
  prelude?: string;
  /** Its input; none unless given. */
  stdin?: "piped";
}

/** What a run of the program came to. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Starts the program with nothing of the user's environment but what is given.
 *
 * @param args Its arguments.
 * @param options Where and how.
 * @returns The process, its output piped.
 */
export function spawnProgram(
  args: readonly string[],
  options: RunOptions,
): Deno.ChildProcess {
  const { prelude } = options;
  const program = [...commandLine(), ...args];
  const [command = "", ...rest] = prelude === undefined
    ? program
    : ["bash", "-c", `${prelude}; exec "$@"`, "bash", ...program];
  return spawnClean(command, rest, options);
}

/**
 * Starts any command in a clean environment.
 *
 * @param command The command.
 * @param args Its arguments.
 * @param options Where, and what it finds in its environment.
 * @returns The process, its output piped.
 */
export function spawnClean(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Deno.ChildProcess {
  return new Deno.Command(command, {
    args: [...args],
    cwd: options.cwd,
    clearEnv: true,
    env: { ...keptEnv(), ...options.env },
    stdin: options.stdin ?? "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/**
 * Runs the program to its end.
 *
 * @param args Its arguments.
 * @param options Where and how.
 * @returns What it came to.
 */
export function runProgram(
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  return resultOf(spawnProgram(args, options));
}

/**
 * Runs any command to its end.
 *
 * @param command The command.
 * @param args Its arguments.
 * @returns What it came to.
 */
export function runCommand(
  command: string,
  args: readonly string[],
): Promise<RunResult> {
  return resultOf(spawnClean(command, args, { cwd: ROOT }));
}

/** Ends a process if it has not ended yet, and waits for that. */
export async function endProcess(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
  await child.status;
}

/**
 * Waits for a process, at most so long that a hang shows as a failure.
 *
 * @param child The process, its output piped.
 * @returns What it came to.
 */
export async function resultOf(child: Deno.ChildProcess): Promise<RunResult> {
  const timer = setTimeout(() => child.kill("SIGKILL"), 90_000);
  try {
    const output = await child.output();
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** The permissions are those that the program has for its users. */
function commandLine(): string[] {
  if (EXECUTABLE !== undefined) return [EXECUTABLE];
  return [Deno.execPath(), "run", ...devFlags(), `${ROOT}main.ts`];
}

function keptEnv(): Record<string, string> {
  const env: Record<string, string> = { NO_COLOR: "1" };
  // It may be made of a runtime whose SQLite a server refuses.
  if (EXECUTABLE !== undefined) env.INBOX_TEST_ANY_SQLITE = "1";
  for (const name of ["PATH", "HOME", "DENO_DIR"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return env;
}

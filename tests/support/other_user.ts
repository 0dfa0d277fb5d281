/**
 * Another user, who may only read what this one wrote.
 *
 * @module
 */

import { type RunOptions, runProgram, type RunResult } from "./program.ts";
import { TempDir } from "./temp_dir.ts";

const BECOME = 'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"';

/**
 * Runs the program as another user.
 *
 * @param args Its arguments.
 * @param options Where and how.
 * @returns What it came to.
 */
export async function runAsOther(
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  await using home = await TempDir.make();
  await Deno.chmod(home.path, 0o777);
  const env = { ...options.env, HOME: home.path, DENO_DIR: home.path };
  return await runProgram(args, { ...options, env, prelude: BECOME });
}

/** Why it cannot be done here; undefined when it can. */
export async function whyNoOther(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "needs Linux";
  const { code } = await runAsOther(["--version"], { cwd: "/" });
  return code === 0 ? undefined : "needs the right to become another user";
}

import { runCommand } from "./program.ts";

/** Whether a process runs; one that is dead and not yet buried does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await runCommand("ps", ["-o", "stat=", "-p", `${pid}`]);
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

/** Ends a process if it has not ended yet. */
export function killProcess(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** Ends a process and all that it started, the ends of the tree first. */
export async function endTree(pid: number): Promise<void> {
  const { stdout } = await runCommand("pgrep", ["-P", `${pid}`]);
  for (const child of stdout.split("\n").filter(Boolean)) {
    await endTree(Number(child));
  }
  killProcess(pid);
}

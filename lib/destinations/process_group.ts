import { withTimeout } from "../timeout.ts";

/** True if processes form groups that can be ended at once. */
export const HAS_PROCESS_GROUPS = Deno.build.os !== "windows";

/**
 * Sends a signal to a child and its group, if they still run.
 *
 * @param child The process, the leader of its group where groups exist.
 */
export function killGroup(child: Deno.ChildProcess, signal: Deno.Signal): void {
  if (HAS_PROCESS_GROUPS) {
    try {
      Deno.kill(-child.pid, signal);
      return;
    } catch {
      // It has ended, or by our permissions only the child itself can be signaled.
    }
  }
  try {
    child.kill(signal);
  } catch {
    // It has ended.
  }
}

/**
 * Terminates a child and its group, then kills them.
 *
 * @param graceMs The wait after each signal.
 */
export async function endGroup(
  child: Deno.ChildProcess,
  graceMs: number,
): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    killGroup(child, signal);
    const hasEnded = child.status.then(() => true);
    if (await withTimeout(hasEnded, graceMs, false)) return;
  }
  child.unref(); // Another user's, say.
}

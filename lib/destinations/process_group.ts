/**
 * Ends a child process together with those that it started.
 *
 * @module
 */

import { withTimeout } from "../timeout.ts";

/** Whether processes form groups that can be ended at once. */
export const HAS_PROCESS_GROUPS = Deno.build.os !== "windows";

/**
 * Sends a signal to a child and all in its group; nothing happens when they are gone.
 *
 * @param child The process; where there are groups, the leader of its own.
 * @param signal The signal.
 */
export function killGroup(child: Deno.ChildProcess, signal: Deno.Signal): void {
  if (HAS_PROCESS_GROUPS) {
    try {
      Deno.kill(-child.pid, signal);
      return;
    } catch {
      // It is gone, or we may run this program only and so end only the child.
    }
  }
  try {
    child.kill(signal);
  } catch {
    // It is gone.
  }
}

/**
 * Asks a child and its group to end, then makes them.
 *
 * @param child The process.
 * @param graceMs How long it has after each signal.
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

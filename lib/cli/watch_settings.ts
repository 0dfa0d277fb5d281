// Notices changes of the files with settings. It looks at them again and again, as
// `Deno.watchFs` cannot watch a file that is not there yet.

import { setTimeout } from "node:timers/promises";

const LOOK_EVERY_MS = 250;

/**
 * Describes the state of files, to be compared with another.
 *
 * @param paths The files, there or not.
 * @returns Their state, to be compared with an earlier one.
 */
export function stateOfFiles(paths: readonly string[]): string {
  return paths.map((path) => {
    try {
      const { mtime, size, ino } = Deno.statSync(path);
      return `${path} ${mtime?.getTime()} ${size} ${ino}`;
    } catch {
      return `${path} none`;
    }
  }).join("\n");
}

/**
 * Waits until files have changed and have come to rest: half a file is no settings.
 *
 * @param options Their state before, and what ends the waiting.
 * @returns Whether they changed; false when the waiting was ended.
 */
export async function untilChanged(
  paths: readonly string[],
  { before, signal }: { before: () => string; signal?: AbortSignal },
): Promise<boolean> {
  let last = before();
  for (;;) {
    try {
      await setTimeout(LOOK_EVERY_MS, null, signal ? { signal } : {});
    } catch {
      return false;
    }
    const now = stateOfFiles(paths);
    if (now === last && now !== before()) return true;
    last = now;
  }
}

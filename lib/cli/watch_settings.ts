// Notices changes of the files with settings. It looks at them again and again, as
// `Deno.watchFs` cannot watch a file that is not there yet.

import { setTimeout } from "node:timers/promises";

const LOOK_EVERY_MS = 250;

/** A file that never comes to rest is read all the same. */
const LOOKS_MAX = 20;

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
 * Waits until files have come to rest, or for so long as one may take to be written:
 * half a file is no settings.
 *
 * @param pathsOf The files; one of them may name others.
 * @param signal Ends the waiting.
 * @returns False when the waiting was ended.
 */
export async function untilAtRest(
  pathsOf: () => readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  let last = stateOfFiles(pathsOf());
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    if (!await isAfter(LOOK_EVERY_MS, signal)) return false;
    const now = stateOfFiles(pathsOf());
    if (now === last) return true;
    last = now;
  }
  return true;
}

/**
 * Waits until files have changed.
 *
 * @param options Their state before, and what ends the waiting.
 * @returns Whether they changed; false when the waiting was ended.
 */
export async function untilChanged(
  paths: readonly string[],
  { before, signal }: { before: () => string; signal?: AbortSignal },
): Promise<boolean> {
  while (await isAfter(LOOK_EVERY_MS, signal)) {
    if (stateOfFiles(paths) !== before()) return true;
  }
  return false;
}

/** False when the waiting was ended. */
function isAfter(delayMs: number, signal?: AbortSignal): Promise<boolean> {
  const options = signal ? { signal } : {};
  return setTimeout(delayMs, true, options).catch(() => false);
}

// Modules that are reloaded during development. Files are polled, as `Deno.watchFs` opens
// and closes each changed file, and closing a store's files drops the locks that SQLite
// holds on them anywhere in the process (POSIX).

import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Destination } from "./destination.ts";
import type { ModuleDestination } from "./module.ts";
import type { LoadedModule } from "./module_process.ts";

const SOURCE = /\.[cm]?[jt]sx?$/;

/** Folders of third-party code: large, and not under development. */
const SKIPPED = /^(\.|node_modules$)/;

const LOOK_EVERY_MS = 250;

/**
 * Reloads a module when a source file in its folder changes.
 *
 * @param path Absolute path of the module.
 * @param onReload Called with the result of each reload.
 * @returns The destination; closing it also ends the watch.
 */
export async function reloadOnChange(
  module: ModuleDestination,
  path: string,
  onReload: (loaded: LoadedModule) => void,
): Promise<Destination> {
  const closed = new AbortController();
  const { signal } = closed;
  const folder = dirname(path);
  const loaded = await stateOf(folder, signal);
  const watching = watch(
    folder,
    { loaded, signal },
    () => void module.load().then(onReload),
  );
  return {
    attempt: (dispatch, signal) => module.attempt(dispatch, signal),
    async close() {
      closed.abort();
      await watching;
      await module.close();
    },
  };
}

/** Waits until files stop changing: a half-written one is not a module. */
async function watch(
  folder: string,
  { loaded, signal }: { loaded: string; signal: AbortSignal },
  onChange: () => void,
): Promise<void> {
  let before = loaded;
  while (!signal.aborted) {
    const beganMs = performance.now();
    const now = await stateOf(folder, signal);
    if (now === before && now !== loaded) {
      loaded = now;
      onChange();
    }
    before = now;
    const tookMs = performance.now() - beganMs;
    // In a huge folder the wait is longer, so that polling does not take a whole core.
    const pauseMs = Math.max(LOOK_EVERY_MS, 10 * tookMs);
    await setTimeout(pauseMs, null, { signal }).catch(() => {});
  }
}

/** The modification times of all source files. */
async function stateOf(folder: string, signal: AbortSignal): Promise<string> {
  const states: string[] = [];
  for await (const path of sourcesIn(folder)) {
    if (signal.aborted) break;
    const info = await Deno.stat(path).catch(() => null);
    states.push(`${path} ${info?.mtime?.getTime()} ${info?.size}`);
  }
  return states.sort().join("\n");
}

/** Unreadable folders count as empty: the first attempt reports the fault. */
async function* sourcesIn(folder: string): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const { name, isDirectory } of entries) {
    const path = join(folder, name);
    if (!isDirectory) {
      if (SOURCE.test(name)) yield path;
    } else if (!SKIPPED.test(name)) {
      yield* sourcesIn(path);
    }
  }
}

/**
 * Modules that change while they are worked on. Looks at the files again and again, as
 * who is told of changes by `Deno.watchFs` pays for it: that opens and closes each file
 * that changed, and to close a store's files drops the locks that SQLite holds on them
 * anywhere in the process (POSIX).
 *
 * @module
 */

import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Destination } from "./destination.ts";
import type { ModuleDestination } from "./module.ts";

const SOURCE = /\.[cm]?[jt]sx?$/;

/** Others' code: much to look at, and not what is worked on. */
const SKIPPED = /^(\.|node_modules$)/;

const LOOK_EVERY_MS = 250;

/**
 * Loads a module anew when a source file in its folder changes.
 *
 * @param module The destination.
 * @param path Absolute path of the module.
 * @returns The destination; closing it ends the watching too.
 */
export async function reloadOnChange(
  module: ModuleDestination,
  path: string,
): Promise<Destination> {
  const closed = new AbortController();
  const { signal } = closed;
  const folder = dirname(path);
  const loaded = await stateOf(folder, signal);
  const watching = watch(folder, { loaded, signal }, () => void module.load());
  return {
    attempt: (dispatch, signal) => module.attempt(dispatch, signal),
    async close() {
      closed.abort();
      await watching;
      await module.close();
    },
  };
}

/** What is being written comes to rest first: half a file is no module. */
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
    // Who works in a huge folder waits longer rather than to lose a processor to it.
    const pauseMs = Math.max(LOOK_EVERY_MS, 10 * tookMs);
    await setTimeout(pauseMs, null, { signal }).catch(() => {});
  }
}

/** When each source file was changed last. */
async function stateOf(folder: string, signal: AbortSignal): Promise<string> {
  const states: string[] = [];
  for await (const path of sourcesIn(folder)) {
    if (signal.aborted) break;
    const info = await Deno.stat(path).catch(() => null);
    states.push(`${path} ${info?.mtime?.getTime()} ${info?.size}`);
  }
  return states.sort().join("\n");
}

/** A folder that cannot be read has none: the first attempt tells. */
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

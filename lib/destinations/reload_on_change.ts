/**
 * Modules that change while they are worked on.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Destination } from "./destination.ts";
import type { ModuleDestination } from "./module.ts";

const SOURCE = /\.[cm]?[jt]sx?$/;

/**
 * Loads a module anew when a source file in its folder changes.
 *
 * @param module The destination.
 * @param path Absolute path of the module.
 * @returns The destination; closing it ends the watching too.
 */
export function reloadOnChange(
  module: ModuleDestination,
  path: string,
): Destination {
  const watcher = watch(dirname(path));
  void (async () => {
    for await (const { kind, paths } of watcher ?? []) {
      const isChange = kind !== "access" &&
        paths.some((one) => SOURCE.test(one));
      if (isChange) module.reload();
    }
  })();
  return {
    attempt: (dispatch, signal) => module.attempt(dispatch, signal),
    close() {
      watcher?.close();
      return module.close();
    },
  };
}

/** A folder that is not there is found missing by the first attempt. */
function watch(folder: string): Deno.FsWatcher | undefined {
  try {
    return Deno.watchFs(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

// Module destinations: the user's event handlers in a process of their own, which is kept
// from event to event. It is started by `load()`, or by an attempt if it has ended.

import { pathToFileURL } from "node:url";
import { endedEarly } from "./deadline.ts";
import type { Destination } from "./destination.ts";
import {
  type LoadedModule,
  ModuleProcess,
  type ModuleProcessOptions,
} from "./module_process.ts";

/** Options of {@linkcode createModule}. */
export interface ModuleOptions extends ModuleProcessOptions {
  /** Absolute path of the module. */
  path: string;
  timeoutMs: number;
}

/** A module as a destination. */
export interface ModuleDestination extends Destination {
  /**
   * Loads the module ahead of the first attempt, or reloads it: running attempts end with
   * the old code, later ones use the new. Resolves when that is done or has failed; never
   * rejects.
   */
  load(): Promise<LoadedModule>;
}

/** Creates a destination of a module whose default export is event handlers. */
export function createModule(options: ModuleOptions): ModuleDestination {
  const { path, timeoutMs, ...rest } = options;
  const url = pathToFileURL(path).href;
  const processes = new Set<ModuleProcess>();
  let current: ModuleProcess | undefined;

  function start(): ModuleProcess {
    const started = new ModuleProcess(url, rest);
    processes.add(started);
    void started.ended.then(() => processes.delete(started));
    return started;
  }

  return {
    async attempt(dispatch, stop) {
      if (stop.aborted) return endedEarly("aborted");
      try {
        if (!current?.isUsable) current = start();
      } catch (error) {
        const output = error instanceof Error ? error.message : "";
        return { ok: false, reason: "not-started", code: null, output };
      }
      return await current.run(dispatch, { timeoutMs, stop });
    },
    async load() {
      current?.retire();
      current = undefined;
      try {
        current = start();
        return await current.loaded;
      } catch (error) {
        return {
          ok: false,
          fault: error instanceof Error ? error.message : "",
        };
      }
    },
    async close() {
      const ending = [...processes].map((one) =>
        one.end("The inbox is stopping")
      );
      await Promise.all(ending);
    },
  };
}

/**
 * Module destinations: handlers of the user's in a worker of their own, which
 * starts when it is told to, or else with an attempt, should it have ended. A handler that never
 * yields is told from one that waits, and another worker takes over; but Deno 2.9
 * cannot end the old one (denoland/deno#35657), which keeps a processor busy until the
 * inbox ends.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { endedEarly } from "./deadline.ts";
import type { Destination } from "./destination.ts";
import { ModuleThread } from "./module_thread.ts";

/** Options of {@linkcode createModule}. */
export interface ModuleOptions {
  /** Absolute path of the module. */
  path: string;
  timeoutMs: number;
}

/** A module as a destination. */
export interface ModuleDestination extends Destination {
  /**
   * Takes the module from its file before an attempt has to wait for it, or takes it
   * anew: attempts that run end with the old code, later ones get the new.
   */
  load(): void;
}

/**
 * Makes a destination of a module whose default export is handlers by event name.
 *
 * @param options Which module, and how.
 * @returns The destination.
 */
export function createModule(options: ModuleOptions): ModuleDestination {
  const { path, timeoutMs } = options;
  let current: ModuleThread | undefined;
  let startCount = 0;

  function start(): ModuleThread {
    const url = pathToFileURL(path);
    // Another address each time, as Deno may remember what it read at the last.
    url.search = `start=${++startCount}`;
    return new ModuleThread(url.href);
  }

  return {
    async attempt(dispatch, stop) {
      if (stop.aborted) return endedEarly("aborted");
      if (current === undefined || current.hasEnded) current = start();
      return await current.run(dispatch, { timeoutMs, stop });
    },
    load() {
      current?.retire();
      current = start();
    },
    close() {
      // Those before it end with their last attempt.
      current?.end("The inbox is stopping");
      return Promise.resolve();
    },
  };
}

/**
 * Handlers in this thread, for programs that are built on the library. A handler
 * that never yields stops everything: those of other people go into a module.
 *
 * @module
 */

import { Deadline, endedEarly } from "./deadline.ts";
import type { AttemptOutcome, Destination } from "./destination.ts";
import type { Handlers } from "./handlers.ts";
import { runHandlers } from "./run_handlers.ts";

/**
 * Makes a destination of handlers.
 *
 * @param handlers The handlers.
 * @param options How long an attempt may take; what a handler does later is ignored.
 * @returns The destination.
 */
export function createInProcess(
  handlers: Handlers,
  { timeoutMs }: { timeoutMs: number },
): Destination {
  return {
    async attempt(dispatch, stop) {
      using deadline = new Deadline(timeoutMs, stop);
      if (deadline.reason) return endedEarly(deadline.reason);
      const { signal } = deadline;
      const cut = new Promise<AttemptOutcome>((resolve) => {
        signal.addEventListener("abort", () => {
          if (deadline.reason) resolve(endedEarly(deadline.reason));
        });
      });
      return await Promise.race([cut, runHandlers(handlers, dispatch, signal)]);
    },
    close: () => Promise.resolve(),
  };
}

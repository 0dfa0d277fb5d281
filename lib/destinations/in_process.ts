/**
 * Event handlers in this thread, for programs that use the library. One that never
 * yields stops everything: other people's code goes into a module.
 *
 * @module
 */

import { Deadline, endedEarly } from "./deadline.ts";
import type { AttemptOutcome, Destination } from "./destination.ts";
import type { EventHandlers } from "./handlers.ts";
import { runHandlers } from "./run_handlers.ts";

/**
 * Makes a destination of handlers.
 *
 * @param handlers The handlers.
 * @param options How long an attempt may take; what a handler does later is ignored.
 * @returns The destination.
 */
export function createInProcess(
  handlers: EventHandlers,
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

// Event handlers in this thread, for programs that use the library. One that never
// yields stops everything: long computations belong in a module.

import { Deadline, endedEarly } from "./deadline.ts";
import type { AttemptOutcome, Destination, Dispatch } from "./destination.ts";
import type { EventHandlers } from "./handlers.ts";
import { runHandlers } from "./run_handlers.ts";

const STILL_RUNNING =
  "A handler of an earlier attempt for this object is still running: handlers must end once context.signal is aborted";

/**
 * Creates a destination of handlers. A handler cannot be killed: while one runs on after
 * its attempt was over, no attempt for the same object starts another.
 *
 * @param options Time that an attempt may take; a later result is ignored.
 */
export function createInProcess(
  handlers: EventHandlers,
  { timeoutMs }: { timeoutMs: number },
): Destination {
  /** Handlers under way, by object; each resolves when they have really ended. */
  const running = new Map<string, Promise<AttemptOutcome>>();

  function start(dispatch: Dispatch, signal: AbortSignal) {
    const key = laneOf(dispatch);
    // A handler may block the thread: the answer to its delivery leaves before that.
    const outcome = nextTurn()
      .then(() => runHandlers(handlers, dispatch, signal))
      .finally(() => running.delete(key));
    running.set(key, outcome);
    return outcome;
  }

  return {
    async attempt(dispatch, stop) {
      using deadline = new Deadline(timeoutMs, stop);
      const { signal } = deadline;
      const cut = new Promise<null>((resolve) => {
        if (signal.aborted) resolve(null);
        signal.addEventListener("abort", () => resolve(null));
      });
      const early = () => endedEarly(deadline.reason ?? "aborted");
      const earlier = () => running.get(laneOf(dispatch));
      while (earlier()) {
        const ended = await Promise.race([cut, earlier()]);
        if (!ended) return { ...early(), output: STILL_RUNNING };
      }
      if (signal.aborted) return early();
      return await Promise.race([cut, start(dispatch, signal)]) ?? early();
    },
    close: () => Promise.resolve(),
  };
}

/** Events of one object come one at a time; one about no object is alone. */
function laneOf({ objectId, eventId }: Dispatch): string {
  return objectId ?? eventId;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

// The run of event handlers, in a module's process and in programs that use the library.

import { parseEvent, type PersonaEvent } from "../persona/event.ts";
import { receives } from "../persona/own_events.ts";
import type { AttemptOutcome, Dispatch } from "./destination.ts";
import type { EventHandlers } from "./handlers.ts";
import { describeThrown } from "./thrown.ts";

const DONE: AttemptOutcome = { ok: true, code: null, output: "" };
const IGNORED: AttemptOutcome = { ...DONE, isIgnored: true };

/**
 * Runs all matching event handlers, one after another, until one throws.
 *
 * @param signal Passed to the event handlers; once it is aborted no further one starts.
 * @returns The outcome; never rejects.
 */
export async function runHandlers(
  handlers: EventHandlers,
  dispatch: Dispatch,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const { eventName, body, isLatest, attempt } = dispatch;
  try {
    const matching = Object.entries(handlers).filter(([glob]) =>
      receives(glob, eventName)
    );
    if (matching.length === 0) return IGNORED;
    const result = parseEvent(body);
    if (!result.ok) return threw(`Cannot read the event: ${result.reason}`);
    // The name matches the event handler's glob, so its type fits.
    const event = result.event as PersonaEvent<never>;
    for (const [, handler] of matching) {
      signal.throwIfAborted();
      await handler(event, { isLatest, attempt, signal });
    }
    return DONE;
  } catch (thrown) {
    return threw(describeThrown(thrown));
  }
}

function threw(output: string): AttemptOutcome {
  return { ok: false, reason: "threw", code: null, output };
}

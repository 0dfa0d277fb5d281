import type {
  AttemptOutcome,
  Destination,
  Dispatch,
} from "../destinations/destination.ts";
import { outcomeName } from "../dispatch/verdict.ts";
import { toLoggable } from "../log.ts";
import { SPAN_FAILED, Tracing } from "../tracing/tracing.ts";

/**
 * Traces the attempts of a destination.
 *
 * @param name Its name in the settings.
 * @param tracing The tracing in use; detected by default.
 * @returns The traced destination; the same one if tracing is off.
 */
export function tracedDestination(
  destination: Destination,
  name: string,
  tracing: Tracing | undefined = Tracing.find(),
): Destination {
  if (!tracing) return destination;
  return {
    async attempt(dispatch, signal) {
      const span = tracing.start(
        toLoggable(dispatch.eventId),
        `attempt ${name}`,
        attributesOf(dispatch, name),
      );
      const outcome = await tracing.within(
        span,
        () => destination.attempt(dispatch, signal),
      );
      span.setAttributes(outcomeOf(outcome));
      if (!outcome.ok) {
        span.setStatus({ code: SPAN_FAILED, message: outcome.reason });
      }
      span.end();
      return outcome;
    },
    close: () => destination.close(),
  };
}

function attributesOf(
  { eventId, eventName, objectId, attempt, isStale }: Dispatch,
  name: string,
) {
  return {
    "persona.event.id": toLoggable(eventId),
    "persona.event.name": toLoggable(eventName),
    ...(objectId !== null && { "persona.object.id": toLoggable(objectId) }),
    "inbox.destination": name,
    "inbox.attempt": attempt,
    "inbox.stale": isStale,
  };
}

/** The outcome, without the response. */
function outcomeOf(outcome: AttemptOutcome) {
  return {
    "inbox.outcome": outcomeName(outcome),
    ...(outcome.code !== null && { "inbox.code": outcome.code }),
  };
}

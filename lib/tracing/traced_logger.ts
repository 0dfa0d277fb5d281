/**
 * A span for each event that comes in. The log is told of it anyway, with what may
 * be told, and while the delivery is being dealt with.
 *
 * @module
 */

import type { LogEntry, Logger } from "../log.ts";
import { Tracing } from "./tracing.ts";

/**
 * Has a look at all that is logged, and traces what was received.
 *
 * @param logger Gets every entry afterwards.
 * @param tracing Makes spans; found out unless given.
 * @returns The logger to use from here on: the same one when nothing is traced.
 */
export function tracedLogger(
  logger: Logger,
  tracing: Tracing | undefined = Tracing.find(),
): Logger {
  if (!tracing) return logger;
  return {
    log(entry) {
      if (entry.msg === "received") traceEvent(entry, tracing);
      logger.log(entry);
    },
    flush: () => logger.flush(),
  };
}

function traceEvent(
  entry: Extract<LogEntry, { msg: "received" }>,
  tracing: Tracing,
): void {
  const { eventId, eventName, objectType, objectId } = entry;
  const span = tracing.start(eventId, `event ${eventName}`, {
    "persona.event.id": eventId,
    "persona.event.name": eventName,
    ...(objectType !== null && { "persona.object.type": objectType }),
    ...(objectId !== null && { "persona.object.id": objectId }),
    "inbox.signature": entry.signature,
    "inbox.duplicate": entry.duplicate,
  });
  // Deno's own span of the request has a trace of its own.
  const { active: delivery } = tracing;
  if (delivery) {
    span.addLink({ context: delivery.spanContext() });
    delivery.addLink({ context: span.spanContext() });
  }
  span.end();
}

// Event handlers of the program itself, as a destination beside the configured ones.

import type { DestinationConfig } from "../destinations/destination_config.ts";
import type { EventHandlers } from "../destinations/handlers.ts";
import { createInProcess } from "../destinations/in_process.ts";
import {
  DESTINATION_DEFAULTS,
  OWN_HANDLERS_NAME as NAME,
} from "../config/destination_members.ts";
import type { DestinationInfo } from "../views/destination_info.ts";
import type { DestinationEntry } from "../dispatch/dispatcher.ts";

/** The subscription of event handlers: only events that one of them matches. */
export function subscriptionOf(
  handlers: EventHandlers,
): Pick<DestinationConfig, "name" | "events" | "filter"> {
  return { name: NAME, events: Object.keys(handlers), filter: null };
}

/** The event handlers as a destination is shown. */
export function ownInfo(handlers: EventHandlers): DestinationInfo {
  const { order } = DESTINATION_DEFAULTS;
  const { name, events } = subscriptionOf(handlers);
  return { name, kind: "handlers", target: "", events, order };
}

/** The dispatcher's entry for event handlers of the program itself. */
export function ownEntry(handlers: EventHandlers): DestinationEntry {
  return {
    config: { ...DESTINATION_DEFAULTS, name: NAME, isLocal: true },
    destination: createInProcess(handlers, DESTINATION_DEFAULTS),
  };
}

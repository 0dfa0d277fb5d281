/**
 * Handlers of the program itself, as a destination beside those of the settings.
 *
 * @module
 */

import type { DestinationConfig } from "../destinations/destination_config.ts";
import type { EventHandlers } from "../destinations/handlers.ts";
import { createInProcess } from "../destinations/in_process.ts";
import {
  DESTINATION_DEFAULTS,
  OWN_HANDLERS_NAME as NAME,
} from "../config/destination_members.ts";
import type { Served } from "../dispatch/dispatcher.ts";

/** Which events they get: only those that one of them is for. */
export function subscriptionOf(
  handlers: EventHandlers,
): Pick<DestinationConfig, "name" | "events" | "filter"> {
  return { name: NAME, events: Object.keys(handlers), filter: null };
}

/** How they are served. */
export function served(handlers: EventHandlers): Served {
  return {
    config: { ...DESTINATION_DEFAULTS, name: NAME, isLocal: true },
    destination: createInProcess(handlers, DESTINATION_DEFAULTS),
  };
}

// Subscriptions of destinations to events, by the event's name and, with a filter, by
// the payload. Most events never need theirs parsed.

import type { DestinationConfig } from "../destinations/destination_config.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import { receives } from "../persona/own_events.ts";
import { createPayloadFilter } from "../persona/payload_filter.ts";

/** Several times Persona's names: only invented ones are ever evicted. */
const CACHED_MAX = 1_024;

/** The subscriptions of all destinations. */
export interface Subscriptions {
  /**
   * Finds the destinations of an event. Never throws.
   *
   * @param event The event; globs match its name.
   * @param body The raw body of a valid event; parsed only for filters.
   * @returns Names in the order of the settings; frozen, and mostly the same object
   * for the same destinations.
   */
  destinationsFor(
    event: { readonly name: string },
    body: Uint8Array,
  ): readonly string[];
  /** Lists the destinations that do not receive an event, and why. Never throws. */
  missedBy(
    event: { readonly name: string },
    body: Uint8Array,
  ): readonly MissedBy[];
  /** Returns whether filters look at the body of events of this name. */
  needsBody(event: { readonly name: string }): boolean;
}

/**
 * Creates the subscriptions of destinations.
 *
 * @throws {TypeError} If a filter is invalid.
 */
export function createSubscriptions(
  destinations: readonly Pick<
    DestinationConfig,
    "name" | "events" | "filter"
  >[],
): Subscriptions {
  const subscribers = destinations.map(({ name, events, filter }) => ({
    name,
    events,
    matches: filter && createPayloadFilter(filter),
  }));
  const routes = new Map<string, Route>();
  const sets = new Map<string, readonly string[]>();

  function routeOf(name: string): Route {
    const takers = subscribers.filter(({ events }) =>
      events.some((glob) => receives(glob, name))
    );
    return {
      takers,
      unfiltered: takers.some(({ matches }) => matches) ? null : setOf(takers),
    };
  }

  function setOf(takers: readonly Subscriber[]): readonly string[] {
    const names = takers.map(({ name }) => name);
    return cached(sets, names.join(" "), () => Object.freeze(names));
  }

  function route(name: string): Route {
    return cached(routes, name, () => routeOf(name));
  }

  return {
    missedBy(event, body) {
      const takers = this.destinationsFor(event, body);
      const named = routeOf(event.name).takers.map(({ name }) => name);
      return subscribers.filter(({ name }) => !takers.includes(name)).map(
        ({ name }) => ({
          destination: name,
          because: named.includes(name) ? "filter" : "events",
        }),
      );
    },
    needsBody: ({ name }) => route(name).unfiltered === null,
    destinationsFor({ name }, body) {
      const { unfiltered, takers } = route(name);
      if (unfiltered) return unfiltered;
      const payload = payloadOf(body);
      return setOf(
        takers.filter(({ matches }) => matches === null || matches(payload)),
      );
    },
  };
}

/** A destination that does not receive an event. */
export interface MissedBy {
  readonly destination: string;
  /** The setting of the destination that the event does not match. */
  readonly because: "events" | "filter";
}

interface Subscriber {
  readonly name: string;
  readonly events: readonly string[];
  readonly matches: ((payload: JsonObject) => boolean) | null;
}

/** The destinations of events of one name. */
interface Route {
  /** Destinations with a matching glob. */
  readonly takers: readonly Subscriber[];
  /** Their names, if none has a filter. */
  readonly unfiltered: readonly string[] | null;
}

/** Returns a cached value, or creates it and evicts the oldest. */
function cached<Value>(
  map: Map<string, Value>,
  key: string,
  make: () => Value,
): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  if (map.size >= CACHED_MAX) {
    for (const oldest of map.keys()) {
      map.delete(oldest);
      break;
    }
  }
  map.set(key, value);
  return value;
}

/** Returns the payload; empty for events without one. */
function payloadOf(body: Uint8Array): JsonObject {
  let value: JsonValue | undefined;
  try {
    // Skips a byte-order mark.
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return {};
  }
  for (const key of ["data", "attributes", "payload"]) {
    value = isJsonObject(value) ? value[key] : undefined;
  }
  return isJsonObject(value) ? value : {};
}

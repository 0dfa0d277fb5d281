/**
 * Which events go to which destinations: by the event's name, and where a
 * destination has a filter, by the payload too. Most events never need theirs parsed.
 *
 * @module
 */

import type { DestinationConfig } from "../destinations/destination_config.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import { matchesGlob } from "../persona/name_glob.ts";
import { createPayloadFilter } from "../persona/payload_filter.ts";

/** Several times the names that Persona has: only made-up ones are ever forgotten. */
const REMEMBERED_MAX = 1_024;

/** Tells where events go. */
export interface Subscriptions {
  /**
   * Finds the destinations of an event. Never throws.
   *
   * @param event Its name is what globs are matched with.
   * @param body The raw body, known to be an event; read only if a filter asks.
   * @returns Names in the order of the settings; frozen, and mostly the same object
   * for the same destinations.
   */
  destinationsFor(
    event: { readonly name: string },
    body: Uint8Array,
  ): readonly string[];
  /** Whether the body decides, too, about events of a name. */
  needsBody(event: { readonly name: string }): boolean;
}

/**
 * Makes the subscriptions of destinations.
 *
 * @param destinations The settings.
 * @returns Tells where events go.
 * @throws {TypeError} When a filter is none.
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
      events.some((glob) => matchesGlob(glob, name))
    );
    return {
      takers,
      unfiltered: takers.some(({ matches }) => matches) ? null : setOf(takers),
    };
  }

  function setOf(takers: readonly Subscriber[]): readonly string[] {
    const names = takers.map(({ name }) => name);
    return remembered(sets, names.join(" "), () => Object.freeze(names));
  }

  function route(name: string): Route {
    return remembered(routes, name, () => routeOf(name));
  }

  return {
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

interface Subscriber {
  readonly name: string;
  readonly events: readonly string[];
  readonly matches: ((payload: JsonObject) => boolean) | null;
}

/** Where the events of one name go. */
interface Route {
  /** Those that take the name. */
  readonly takers: readonly Subscriber[];
  /** The names of all of them, when none has a filter. */
  readonly unfiltered: readonly string[] | null;
}

/** The value of a key; made, and the oldest one forgotten, if it is not there. */
function remembered<Value>(
  map: Map<string, Value>,
  key: string,
  make: () => Value,
): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  if (map.size >= REMEMBERED_MAX) {
    for (const oldest of map.keys()) {
      map.delete(oldest);
      break;
    }
  }
  map.set(key, value);
  return value;
}

/** An event about nothing has an empty one. */
function payloadOf(body: Uint8Array): JsonObject {
  let value: JsonValue | undefined;
  try {
    // Passes over a byte-order mark.
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return {};
  }
  for (const key of ["data", "attributes", "payload"]) {
    value = isJsonObject(value) ? value[key] : undefined;
  }
  return isJsonObject(value) ? value : {};
}

// Event names and globs as people write them, compared with the catalog. Persona
// adds events without notice, so that a glob without a match deserves a warning and
// is no fault.

import { EVENT_NAMES, splitEventName } from "./event_names.ts";
import { OWN_EVENT_NAMES, receives } from "./own_events.ts";
import { nearestName } from "./nearest_name.ts";

const KNOWN_NAMES = [...EVENT_NAMES, ...OWN_EVENT_NAMES];

/**
 * Returns whether a glob matches any event name of the catalog.
 *
 * @returns Whether it matches at least one.
 */
export function matchesKnownEvent(glob: string): boolean {
  return KNOWN_NAMES.some((name) => receives(glob, name));
}

/**
 * Returns the known event name or glob that one without a match was most likely
 * meant to be.
 *
 * @param glob An event name or a glob that {@linkcode matchesKnownEvent} knows not.
 * @returns Such as `inquiry.approved` for `inquiry.aproved`, and `inquiry.*` for
 * `inqury.*` and `inquiry`; undefined when nothing is close.
 */
export function nearestEventGlob(glob: string): string | undefined {
  const kinds = new Set(KNOWN_NAMES.map((name) => splitEventName(name).kind));
  if (!glob.includes("*")) {
    const name = nearestName(glob, KNOWN_NAMES);
    if (name !== undefined || glob.includes(".")) return name;
    const kind = nearestName(glob, [...kinds]);
    return kind === undefined ? undefined : `${kind}.*`;
  }
  const actions = new Set(
    EVENT_NAMES.map((name) => splitEventName(name).action),
  );
  return nearestName(glob, [
    ...[...kinds].map((kind) => `${kind}.*`),
    ...[...actions].map((action) => `*.${action}`),
  ]);
}

/**
 * Explains that a glob matches no known event, with the one that was likely meant.
 *
 * @returns The end of a sentence; null when it matches one.
 */
export function unmatchedGlobText(glob: string): string | null {
  if (matchesKnownEvent(glob)) return null;
  const nearest = nearestEventGlob(glob);
  const question = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
  return `"${glob}" matches no known event.${question}`;
}

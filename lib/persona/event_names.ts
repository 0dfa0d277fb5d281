/**
 * The names of Persona's events.
 *
 * ```ts
 * import {
 *   EVENT_NAMES,
 *   isKnownEventName,
 *   splitEventName,
 * } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(EVENT_NAMES.length, 250);
 * assertEquals(isKnownEventName("inquiry.approved"), true);
 * assertEquals(splitEventName("report/watchlist.ready"), {
 *   kind: "report/watchlist",
 *   action: "ready",
 * });
 * ```
 *
 * @module
 */

import type { Suggested } from "./open_union.ts";
import { EVENT_NAMES } from "./generated/event_names.ts";

export { EVENT_NAMES };

/** A name in the catalog. */
export type KnownEventName = typeof EVENT_NAMES[number];

/** Any event name: editors offer the known ones, the compiler takes all. */
export type EventName = Suggested<KnownEventName>;

/** The two halves of an event name. */
export interface EventNameParts {
  /** The kind of resource, such as `inquiry` or `report/watchlist`. */
  readonly kind: string;
  /** The action, such as `approved`; empty if there is no dot. */
  readonly action: string;
}

const KNOWN: ReadonlySet<string> = new Set(EVENT_NAMES);

/**
 * Returns whether a name is in the catalog.
 *
 * @param name Any text.
 * @returns Whether `name` is one of {@linkcode EVENT_NAMES}.
 * @example Usage
 * ```ts
 * import { isKnownEventName } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(isKnownEventName("inquiry.approved"), true);
 * assertEquals(isKnownEventName("inquiry.teleported"), false);
 * ```
 */
export function isKnownEventName(name: string): name is KnownEventName {
  return KNOWN.has(name);
}

/**
 * Splits an event name at its last dot (Persona docs: Events).
 *
 * @param name Any event name.
 * @returns The kind of resource and the action.
 * @example Usage
 * ```ts
 * import { splitEventName } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(splitEventName("case.reopened").action, "reopened");
 * ```
 */
export function splitEventName(name: EventName): EventNameParts {
  const dot = name.lastIndexOf(".");
  if (dot === -1) return { kind: name, action: "" };
  return { kind: name.slice(0, dot), action: name.slice(dot + 1) };
}

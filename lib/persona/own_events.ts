/**
 * The inbox's own news, as events that destinations can receive. They hold ids only.
 *
 * ```ts
 * import { defineHandlers } from "@persona-inbox/persona-inbox";
 *
 * export default defineHandlers({
 *   "inbox.dead-letter": ({ object }) => {
 *     const { status, destination } = object?.attributes ?? {};
 *     console.log(`dead letters at ${destination}: ${status}`);
 *   },
 * });
 * ```
 *
 * @module
 */

import type { Undocumented } from "./open_union.ts";
import type { Relationships, ResourceObject } from "./resource.ts";
import { matchesGlob } from "./name_glob.ts";

/** Own events, by name. */
export const OWN_EVENT_NAMES = [
  "inbox.certificate-expiring",
  "inbox.dead-letter",
  "inbox.destination-paused",
  "inbox.destination-resumed",
  "inbox.disk-low",
  "inbox.erased",
  "inbox.signatures-failing",
  "inbox.store-failing",
] as const;

/** The name of an own event. */
export type OwnEventName = typeof OWN_EVENT_NAMES[number];

/** The object of an own event; keys as handlers see them. */
export type InboxNews = ResourceObject<
  Undocumented,
  {
    /** It is told once when it begins, and once when it is over. */
    readonly status?: "begun" | "over";
    /** The name of a destination. */
    readonly destination?: string;
    /** Why a destination is paused: it is down, or by a command. */
    readonly cause?: "down" | "command";
    /** Why attempts or signatures fail. */
    readonly reason?: string;
    /** The first event of a destination's dead letters. */
    readonly eventId?: string;
    /** Deliveries in a row whose signatures failed. */
    readonly deliveries?: number;
    /** Free space on the disk of the store, in bytes. */
    readonly freeBytes?: number;
    /** Objects whose payloads were erased. */
    readonly objectIds?: string[];
    /** Events whose payloads were erased. */
    readonly eventIds?: string[];
    /** The end of a destination's certificate, ISO 8601. */
    readonly expiresAt?: string;
  },
  Relationships
>;

const PREFIX = "inbox.";

/** Returns whether an event is the inbox's own: no `*` includes it. */
export function isOwnEvent(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Returns whether a glob is meant for own events. */
export function isOwnGlob(glob: string): boolean {
  return glob.startsWith(PREFIX);
}

/** Returns whether a destination's or handler's glob matches an event. */
export function receives(glob: string, name: string): boolean {
  return isOwnGlob(glob) === isOwnEvent(name) && matchesGlob(glob, name);
}

/**
 * Patterns for event names, such as `inquiry.*`.
 *
 * ```ts
 * import { matchesGlob } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(matchesGlob("inquiry.*", "inquiry.approved"), true);
 * assertEquals(matchesGlob("inquiry.*", "inquiry-session.started"), false);
 * assertEquals(matchesGlob("*.redacted", "account.redacted"), true);
 * ```
 *
 * @module
 */

import type { EventName } from "./event_names.ts";

/** The values that {@linkcode isNameGlob} accepts, as messages put it after "must be". */
export const NAME_GLOB_KIND =
  "an event name or glob: 1 to 255 letters, digits, dots, slashes, hyphens, underscores and *";

/** The globs that {@linkcode isNameGlob} accepts. */
export const NAME_GLOB = /^[\w./*-]{1,255}$/;

/** The names that a glob matches, as a type: `inquiry.*` is `inquiry.${string}`. */
export type NameMatching<Glob extends string> = Glob extends
  `${infer Head}*${infer Tail}` ? `${Head}${string}${NameMatching<Tail>}`
  : Glob;

/**
 * Returns whether a text has only the characters of event names and `*`. Any other
 * text is a mistake, as it can never match.
 *
 * @param value The value found in place of an event name or a glob.
 * @returns Whether it can match; the name need not be known.
 * @example Usage
 * ```ts
 * import { isNameGlob } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(isNameGlob("report/*.matched"), true);
 * assertEquals(isNameGlob("inquiry.{approved,declined}"), false);
 * ```
 */
export function isNameGlob(value: unknown): value is string {
  return typeof value === "string" && NAME_GLOB.test(value);
}

/**
 * Returns whether an event name matches a glob. `*` matches any number of
 * characters, including dots, slashes and none; every other character matches
 * itself. Never backtracks.
 *
 * @param glob The pattern.
 * @param name The event name.
 * @returns Whether the whole of `name` matches.
 * @example Usage
 * ```ts
 * import { matchesGlob } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(matchesGlob("report/*.matched", "report/watchlist.matched"), true);
 * ```
 */
export function matchesGlob(glob: string, name: EventName): boolean {
  const firstStar = glob.indexOf("*");
  if (firstStar === -1) return glob === name;
  const lastStar = glob.lastIndexOf("*");
  const tail = glob.slice(lastStar + 1);
  const end = name.length - tail.length;
  if (end < firstStar) return false;
  if (!name.startsWith(glob.slice(0, firstStar))) return false;
  if (!name.endsWith(tail)) return false;

  // The leftmost position of each piece leaves the most room for the next one.
  let from = firstStar;
  for (const piece of glob.slice(firstStar, lastStar).split("*")) {
    const at = name.indexOf(piece, from);
    if (at === -1 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}

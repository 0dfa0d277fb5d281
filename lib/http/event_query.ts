/**
 * The query of an event list.
 *
 * @module
 */

import { isIdentifier } from "../persona/identifier.ts";
import { isNameGlob, NAME_GLOB_KIND } from "../persona/name_glob.ts";
import { isInverted, parseSince, SINCE_KIND } from "../since.ts";
import type { EventFilter } from "../store/event_filter.ts";

/** The names of all parameters. */
export const EVENT_PARAMETERS = [
  "name",
  "object",
  "destination",
  "status",
  "since",
  "until",
  "limit",
  "cursor",
];
const STATUSES = ["pending", "done", "dead", "none"] as const;
const LIMIT = 50;
/** The same as for `persona-inbox events`. */
const LIMIT_MAX = 100_000;
/** The most events in one response. */
const PAGE_MAX = 1_000;

/** More globs than anybody types, and fewer than SQLite accepts. */
export const NAMES_MAX = 100;

/**
 * Parses the parameters of a list.
 *
 * @param params The parameters of the URL.
 * @param options The current time, and an array that collects faults, one sentence each.
 * @returns The filter for one page; meaningless if there are faults.
 */
export function readEventQuery(
  params: URLSearchParams,
  { nowMs, faults }: { nowMs: number; faults: string[] },
): EventFilter {
  const fault = (name: string, kind: string) =>
    void faults.push(`Cannot use ${name} as it must be ${kind}`);
  for (const name of new Set(params.keys())) {
    const isOnce = name === "name" || params.getAll(name).length === 1;
    if (!isOnce) fault(name, "given once");
  }
  function read<Value>(
    name: string,
    kind: string,
    parse: (text: string) => Value | undefined,
  ): Value | undefined {
    const text = params.get(name);
    const value = text === null ? undefined : parse(text);
    if (text !== null && value === undefined) fault(name, kind);
    return value;
  }
  const names = params.getAll("name");
  if (names.length > NAMES_MAX || !names.every(isNameGlob)) {
    fault("name", `at most ${NAMES_MAX} of them, each ${NAME_GLOB_KIND}`);
  }
  const time = (text: string) => parseSince(text, nowMs);
  const limit = read("limit", `a whole number from 1 to ${LIMIT_MAX}`, limitOf);
  const filter = {
    objectId: read("object", "an id", idOf),
    destination: read("destination", "a destination's name", idOf),
    status: read(
      "status",
      `one of ${STATUSES.join(", ")}`,
      (text) => STATUSES.find((status) => status === text),
    ),
    receivedSinceMs: read("since", SINCE_KIND, time),
    receivedUntilMs: read("until", SINCE_KIND, time),
    beforeSeq: read("cursor", "one that an earlier list ended with", seqOf),
  };
  if (isInverted(filter.receivedSinceMs, filter.receivedUntilMs)) {
    faults.push("Cannot use since as it must not be after until");
  }
  const page = Math.min(limit ?? LIMIT, PAGE_MAX);
  return { names, ...defined(filter), limit: page };
}

/**
 * Returns the cursor of the next page.
 *
 * @param beforeSeq The last event of this page.
 * @returns A value for the parameter `cursor`.
 */
export function cursorOf(beforeSeq: number): string {
  return String(beforeSeq);
}

/** Returns a copy without undefined members. */
export function defined<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as { [Name in keyof Members]?: Exclude<Members[Name], undefined> };
}

function limitOf(text: string): number | undefined {
  const limit = /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= LIMIT_MAX ? limit : undefined;
}

function idOf(text: string): string | undefined {
  return isIdentifier(text) ? text : undefined;
}

function seqOf(text: string): number | undefined {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}

/**
 * Which events to dispatch again, in the body of a request.
 *
 * @module
 */

import { isIdentifier } from "../persona/identifier.ts";
import { isJsonObject, type JsonValue } from "../persona/json.ts";
import { isNameGlob, NAME_GLOB_KIND } from "../persona/name_glob.ts";
import { isInverted, parseSince, SINCE_KIND } from "../since.ts";
import { defined, NAMES_MAX } from "./event_query.ts";
import type { ReplayRequest } from "../store/store.ts";

const IDS_MAX = 10_000;

/** What the body of `POST /api/replay` may hold. */
export const REPLAY_KEYS = [
  "ids",
  "dead",
  "since",
  "until",
  "name",
  "object",
  "destination",
  "dryRun",
] as const;

/** What the body of `POST /api/events/{id}/replay` may hold. */
export const EVENT_REPLAY_KEYS = ["destination"] as const;

/** A member, what completes "must be", and how it is read. */
interface Member<Value> {
  readonly kind: string;
  readonly parse: (value: JsonValue) => Value | undefined;
}

/** Neither more nor fewer than there are keys. */
type Members<Keys extends readonly string[]> = Record<
  Keys[number],
  Member<unknown>
>;

/** What reading works with. */
export interface ReplayQueryOptions {
  readonly nowMs: number;
  /** Names of all destinations. */
  readonly destinations: readonly string[];
  /** Where faults go: one sentence for each. */
  readonly faults: string[];
}

/**
 * Reads the body of `POST /api/replay`.
 *
 * @param body What was sent.
 * @param options The time, the destinations, and where faults go.
 * @returns What to replay; means nothing when there are faults.
 */
export function readReplayQuery(
  body: JsonValue | undefined,
  options: ReplayQueryOptions,
): ReplayRequest & { isDryRun: boolean } {
  const time: Member<number> = {
    kind: SINCE_KIND,
    parse: (value) =>
      typeof value === "string" ? parseSince(value, options.nowMs) : undefined,
  };
  const members = {
    ids: texts(IDS_MAX, "event ids"),
    dead: FLAG,
    since: time,
    until: time,
    name: NAMES,
    object: { kind: "an id", parse: textOf },
    destination: destinationMember(options.destinations),
    dryRun: FLAG,
  } satisfies Members<typeof REPLAY_KEYS>;
  const { dead, dryRun, ids, name, object, since, until, destination } =
    readMembers(body, members, options.faults);
  if (!ids && !dead && since === undefined && until === undefined) {
    options.faults.push(
      "Cannot replay as at least one of ids, dead, since and until must say what",
    );
  }
  if (isInverted(since, until)) {
    options.faults.push("Cannot replay as since must not be after until");
  }
  const query = {
    ids,
    names: name,
    destination,
    objectId: object,
    isDead: dead,
    receivedSinceMs: since,
    receivedUntilMs: until,
  };
  return { ...defined(query), isDryRun: dryRun ?? false };
}

/**
 * Reads the body of `POST /api/events/{id}/replay`.
 *
 * @param body What was sent, if anything.
 * @param options The destinations, and where faults go.
 * @returns The only destination that is to get the event; nothing means all that want it.
 */
export function readReplayDestination(
  body: JsonValue | undefined,
  options: Pick<ReplayQueryOptions, "destinations" | "faults">,
): Pick<ReplayRequest, "destination"> {
  const destination = destinationMember(options.destinations);
  const members = { destination } satisfies Members<typeof EVENT_REPLAY_KEYS>;
  return defined(readMembers(body ?? {}, members, options.faults));
}

type Values<Members> = {
  [Name in keyof Members]: Members[Name] extends Member<infer Value>
    ? Value | undefined
    : never;
};

function readMembers<Members extends Record<string, Member<unknown>>>(
  body: JsonValue | undefined,
  members: Members,
  faults: string[],
): Values<Members> {
  const object = isJsonObject(body) ? body : undefined;
  if (!object) faults.push("Cannot replay as the body must be a JSON object");
  const known = Object.keys(members);
  if (Object.keys(object ?? {}).some((name) => !known.includes(name))) {
    const names = known.join(", ");
    faults.push(`Cannot replay as each key must be one of ${names}`);
  }
  const values = Object.entries(members).map(([name, { kind, parse }]) => {
    const member = object?.[name];
    const value = member === undefined ? undefined : parse(member);
    if (member !== undefined && value === undefined) {
      faults.push(`Cannot replay as ${name} must be ${kind}`);
    }
    return [name, value];
  });
  return Object.fromEntries(values);
}

const FLAG: Member<boolean> = {
  kind: "true or false",
  parse: (value) => typeof value === "boolean" ? value : undefined,
};

function destinationMember(names: readonly string[]): Member<string> {
  return {
    kind: names.length > 0
      ? `one of ${names.join(", ")}`
      : "absent: there are no destinations",
    parse: (value) => names.find((name) => name === value),
  };
}

/** One glob may stand alone. */
const NAMES: Member<readonly string[]> = {
  kind: `${NAME_GLOB_KIND}, or a list of 1 to ${NAMES_MAX} such`,
  parse(value) {
    const globs = texts(NAMES_MAX, "").parse(
      typeof value === "string" ? [value] : value,
    );
    return globs?.every(isNameGlob) ? globs : undefined;
  },
};

function texts(max: number, kind: string): Member<readonly string[]> {
  return {
    kind: `1 to ${max} ${kind}`,
    parse(value) {
      if (!Array.isArray(value) || !value.every(isIdentifier)) return undefined;
      return value.length >= 1 && value.length <= max ? value : undefined;
    },
  };
}

function textOf(value: JsonValue): string | undefined {
  return isIdentifier(value) ? value : undefined;
}

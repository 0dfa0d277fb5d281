/**
 * Which events to dispatch again, in the body of a request.
 *
 * @module
 */

import { isIdentifier } from "../persona/identifier.ts";
import { isJsonObject, type JsonValue } from "../persona/json.ts";
import { parseSince, SINCE_KIND } from "../since.ts";
import { defined, NAMES_MAX } from "./event_query.ts";
import type { ReplayRequest } from "../store/store.ts";

const IDS_MAX = 10_000;

/** A member, what completes "must be", and how it is read. */
interface Member<Value> {
  readonly kind: string;
  readonly parse: (value: JsonValue) => Value | undefined;
}

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
  const { dead, dryRun, ids, names, object, since, until, destination } =
    readMembers(body, {
      ids: texts(IDS_MAX, "event ids"),
      dead: FLAG,
      since: time,
      until: time,
      names: texts(NAMES_MAX, "event names or globs"),
      object: { kind: "an id", parse: textOf },
      destination: destinationMember(options.destinations),
      dryRun: FLAG,
    }, options.faults);
  if (!ids && !dead && since === undefined && until === undefined) {
    options.faults.push(
      "Cannot replay as at least one of ids, dead, since and until must say what",
    );
  }
  const query = {
    ids,
    names,
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
  return defined(readMembers(body ?? {}, { destination }, options.faults));
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

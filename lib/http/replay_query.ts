import { HTTP_URL } from "../config/http_url.ts";
import { isIdentifier } from "../persona/identifier.ts";
import { isJsonObject, type JsonValue } from "../json/json.ts";
import { isNameGlob, NAME_GLOB_KIND } from "../persona/name_glob.ts";
import { isInverted, parseSince, SINCE_KIND } from "../since.ts";
import { defined, NAMES_MAX } from "./event_query.ts";
import type { ReplayRequest } from "../store/event_filter.ts";

const IDS_MAX = 10_000;

/** Keys of the body of `POST /api/replay`. */
export const REPLAY_KEYS = [
  "ids",
  "dead",
  "since",
  "until",
  "name",
  "object",
  "destination",
  "again",
  "dryRun",
] as const;

/** Keys of the body of `POST /api/events/{id}/replay`. */
export const EVENT_REPLAY_KEYS = ["destination", "again", "to"] as const;

/** A member of a body: its parser, and the text after "must be". */
interface Member<Value> {
  readonly kind: string;
  readonly parse: (value: JsonValue) => Value | undefined;
  readonly likelyCause?: (text: string) => string;
}

/** One member for each key. */
type Members<Keys extends readonly string[]> = Record<
  Keys[number],
  Member<unknown>
>;

/** Options of {@linkcode readReplayQuery}. */
export interface ReplayQueryOptions {
  readonly nowMs: number;
  /** Names of all destinations. */
  readonly destinations: readonly string[];
  /** Collects faults, one sentence each. */
  readonly faults: string[];
}

/**
 * Parses the body of `POST /api/replay`.
 *
 * @param options The time, the destinations, and an array that collects faults.
 * @returns The request; meaningless if there are faults.
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
    again: FLAG,
    dryRun: FLAG,
  } satisfies Members<typeof REPLAY_KEYS>;
  const { dryRun, ids, name, object, since, until, ...rest } = readMembers(
    body,
    members,
    options.faults,
  );
  const { dead, again, destination } = rest;
  if (!ids && !dead && since === undefined && until === undefined) {
    options.faults.push(
      "Nothing selected: give at least one of ids, dead, since and until",
    );
  }
  if (isInverted(since, until)) {
    options.faults.push("Cannot replay: since must not be after until");
  }
  const query = {
    ids,
    names: name,
    destination,
    objectId: object,
    isDead: dead,
    isAgain: again,
    receivedSinceMs: since,
    receivedUntilMs: until,
  };
  return { ...defined(query), isDryRun: dryRun ?? false };
}

/** The body of `POST /api/events/{id}/replay`. */
export interface EventReplay
  extends Pick<ReplayRequest, "destination" | "isAgain"> {
  /** A URL that is not a destination. */
  readonly to?: string;
}

/**
 * Parses the body of `POST /api/events/{id}/replay`.
 *
 * @param options The destinations, and an array that collects faults.
 * @returns The targets; meaningless if there are faults.
 */
export function readEventReplay(
  body: JsonValue | undefined,
  options: Pick<ReplayQueryOptions, "destinations" | "faults">,
): EventReplay {
  const members = {
    destination: destinationMember(options.destinations),
    again: FLAG,
    to: {
      kind: HTTP_URL.kind,
      parse: urlOf,
      likelyCause: HTTP_URL.likelyCause,
    },
  } satisfies Members<typeof EVENT_REPLAY_KEYS>;
  const { again, destination, to } = readMembers(
    body ?? {},
    members,
    options.faults,
  );
  if (to !== undefined && (again !== undefined || destination !== undefined)) {
    options.faults.push(
      "Cannot replay: to must stand alone: it goes to that URL and nowhere else",
    );
  }
  return defined({ isAgain: again, destination, to });
}

function urlOf(value: JsonValue): string | undefined {
  return typeof value === "string" ? HTTP_URL.parse(value) : undefined;
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
  if (!object) faults.push("Cannot replay: the body must be a JSON object");
  const known = Object.keys(members);
  if (Object.keys(object ?? {}).some((name) => !known.includes(name))) {
    const names = known.join(", ");
    faults.push(`Cannot replay: each key must be one of ${names}`);
  }
  const values = Object.entries(members).map(
    ([name, { kind, parse, likelyCause }]) => {
      const member = object?.[name];
      const value = member === undefined ? undefined : parse(member);
      if (member !== undefined && value === undefined) {
        const cause = typeof member === "string" && likelyCause?.(member);
        faults.push(
          `Cannot replay: ${name} must be ${kind}${cause ? `. ${cause}` : ""}`,
        );
      }
      return [name, value];
    },
  );
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

/** A list of globs, or a single one. */
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

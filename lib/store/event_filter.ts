// Filters of events, as data: one table of conditions, from which come the flags of
// commands, the parameters of queries and the members of JSON bodies. Adapters add the
// SQL of each, see `sql_where.ts`.

import { isIdentifier } from "../persona/identifier.ts";
import { isNameGlob, NAME_GLOB_KIND } from "../persona/name_glob.ts";
import { parseSince, SINCE_KIND } from "../since.ts";
import type { EventStatus } from "./outbox.ts";

/** Conditions on events; all given ones must hold. */
export interface EventConditions {
  readonly ids?: readonly string[];
  /** Globs; the event's name must match one of them, if there are any. */
  readonly names?: readonly string[];
  readonly objectId?: string;
  /** A reference id that payloads of the event's object name. */
  readonly reference?: string;
  /** A destination of the event's dispatches; `status` is then that of the one there. */
  readonly destination?: string;
  readonly status?: EventStatus;
  readonly receivedSinceMs?: number;
  readonly receivedUntilMs?: number;
  /** Only events that arrived before this one. */
  readonly beforeSeq?: number;
  /** The most events to list. */
  readonly limit?: number;
}

/** The events that are asked for. */
export interface ListRequest extends EventConditions {
  readonly limit: number;
}

/** The events to list, as a store finds them. */
export interface EventFilter extends Omit<EventConditions, "reference"> {
  /** The event's object must be one of these; see `withReference()`. */
  readonly objectIds?: readonly string[];
  /** True for events whose payload was erased, false for the others. */
  readonly isErased?: boolean;
  readonly limit: number;
}

/** A prefix of ids, to list in the order of their bytes. */
export interface IdPrefix {
  /** The first characters; an id begins with all of itself. */
  readonly prefix: string;
  readonly of: "event" | "object";
  /** The most ids in the list. */
  readonly limit: number;
}

const LIST_ONLY = [
  "reference",
  "destination",
  "status",
  "beforeSeq",
  "limit",
] as const;
const REPLAY_ONLY = ["ids"] as const;

/** The events to replay; all given conditions must hold. */
export interface ReplayRequest
  extends Omit<EventConditions, typeof LIST_ONLY[number]> {
  /** Only events with a dead letter, and without `isAgain` only their dead letters. */
  readonly isDead?: boolean;
  /**
   * True if events also go where they succeeded, and to every destination that
   * subscribes to them now; otherwise only pending and dead dispatches go out.
   */
  readonly isAgain?: boolean;
  /** Only to this destination. */
  readonly destination?: string;
}

/** The extent of a replay. */
export interface ReplayResult {
  readonly events: number;
  readonly dispatches: number;
  /** Dispatches by destination, in the order of the settings; without zeros. */
  readonly destinations: Readonly<Record<string, number>>;
  /** Requested ids that are not in the store. */
  readonly unknownIds: readonly string[];
}

/** The name of a condition in {@linkcode EventConditions}. */
export type ConditionKey = keyof EventConditions;

/** One value of a condition, or of its list. */
type ValueOf<Key extends ConditionKey> =
  NonNullable<EventConditions[Key]> extends readonly (infer One)[] ? One
    : NonNullable<EventConditions[Key]>;

/** The way to write a condition. */
export interface Condition<Value> {
  /** The name of its flag, parameter or JSON member. */
  readonly name: string;
  /** Accepted texts, to follow "must be". */
  readonly kind: string;
  /** Returns the value of a text; undefined if it is not of the kind. */
  parse(text: string, nowMs: number): Value | undefined;
  /** Returns a text of the value; the value itself unless given. */
  format?(value: Value): string;
  /** The most values; absent if there is only one. */
  readonly valuesMax?: number;
  /** Its flag; absent if it has none. */
  readonly flag?: {
    readonly value: string;
    readonly help: string;
    /** The letter that stands for its name. */
    readonly short?: string;
    /** Its possible values, if they can be listed. */
    readonly choices?: readonly string[];
  };
  /** True if it alone is enough to select the events of a replay. */
  readonly isSelecting?: boolean;
}

/** The default limit of `persona-inbox events`. */
export const LIST_LIMIT = 20;
const LIMIT_MAX = 100_000;

const STATUSES = ["pending", "done", "dead", "erased", "none"] as const;

const TIME = {
  kind: SINCE_KIND,
  parse: parseSince,
  format: (timeMs: number) => new Date(timeMs).toISOString(),
};

/** All conditions. */
export const EVENT_CONDITIONS: {
  readonly [Key in ConditionKey]-?: Condition<ValueOf<Key>>;
} = {
  ids: {
    name: "ids",
    kind: "an event id",
    parse: identifierOf,
    valuesMax: 10_000,
    isSelecting: true,
  },
  names: {
    name: "name",
    kind: NAME_GLOB_KIND,
    parse: (text) => isNameGlob(text) ? text : undefined,
    valuesMax: 100, // More than anybody types, and fewer than SQLite accepts.
    flag: { value: "GLOB", help: "only events of that name" },
  },
  objectId: {
    name: "object",
    kind: "an id",
    parse: identifierOf,
    flag: { value: "ID", help: "only events of that object" },
    isSelecting: true,
  },
  reference: {
    name: "reference",
    kind: "a reference id",
    parse: identifierOf,
    flag: {
      value: "REF",
      help: "only events of objects that name this reference id",
    },
  },
  destination: {
    name: "destination",
    kind: "a destination's name",
    parse: identifierOf,
    flag: { value: "NAME", help: "only events that go there" },
  },
  status: {
    name: "status",
    kind: `one of ${STATUSES.join(", ")}`,
    parse: (text) => STATUSES.find((status) => status === text),
    flag: {
      value: "STATUS",
      choices: STATUSES,
      help: "only events that are pending, done, dead, erased or none",
    },
  },
  receivedSinceMs: {
    name: "since",
    ...TIME,
    flag: {
      value: "DURATION",
      help: "only events received since: 90s, 30m, 1h, 7d, or an ISO time",
    },
    isSelecting: true,
  },
  receivedUntilMs: {
    name: "until",
    ...TIME,
    flag: { value: "DURATION", help: "only events received until then" },
    isSelecting: true,
  },
  beforeSeq: {
    name: "cursor",
    kind: "one that an earlier list ended with",
    parse: (text) => /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined,
  },
  limit: {
    name: "limit",
    kind: `a whole number from 1 to ${LIMIT_MAX}`,
    parse(text) {
      const limit = /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : Infinity;
      return limit <= LIMIT_MAX ? limit : undefined;
    },
    flag: {
      short: "n",
      value: "N",
      help: `how many, ${LIST_LIMIT} by default, at most ${LIMIT_MAX}`,
    },
  },
};

/** The conditions of a list. */
export const LIST_CONDITIONS = keysWithout(REPLAY_ONLY);

/** The conditions of a replay. */
export const REPLAY_CONDITIONS = keysWithout(LIST_ONLY);

/** The conditions of which each alone is enough to select the events of a replay. */
export const SELECTING_CONDITIONS = REPLAY_CONDITIONS.filter((key) =>
  EVENT_CONDITIONS[key].isSelecting
);

function keysWithout<Left extends ConditionKey>(
  left: readonly Left[],
): readonly Exclude<ConditionKey, Left>[] {
  const isKept = (key: string): key is Exclude<ConditionKey, Left> =>
    !left.some((one) => one === key);
  return Object.keys(EVENT_CONDITIONS).filter(isKept);
}

function identifierOf(text: string): string | undefined {
  return isIdentifier(text) ? text : undefined;
}

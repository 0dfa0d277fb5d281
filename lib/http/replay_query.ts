import { HTTP_URL } from "../config/http_url.ts";
import { isJsonObject, type JsonValue } from "../json/json.ts";
import {
  EVENT_CONDITIONS,
  REPLAY_CONDITIONS,
  type ReplayRequest,
  SELECTING_CONDITIONS,
} from "../store/event_filter.ts";
import { nothingSelected, readConditions } from "../store/read_conditions.ts";
import { unknownDestination } from "../views/unknown_destination.ts";

const SELECTING = SELECTING_CONDITIONS.map((key) => EVENT_CONDITIONS[key].name);

/** Keys of the body of `POST /api/replay`. */
export const REPLAY_KEYS = [
  ...REPLAY_CONDITIONS.map((key) => EVENT_CONDITIONS[key].name),
  "dead",
  "destination",
  "again",
  "dryRun",
];

/** Keys of the body of `POST /api/events/{id}/replay`. */
export const EVENT_REPLAY_KEYS = ["destination", "again", "to"];

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
 * @returns The request; meaningless if there are faults.
 */
export function readReplayQuery(
  body: JsonValue | undefined,
  options: ReplayQueryOptions,
): ReplayRequest & { isDryRun: boolean } {
  const members = new Members(body, REPLAY_KEYS, options.faults);
  const conditions = readConditions(REPLAY_CONDITIONS, {
    ...options,
    valuesOf: (name, isList) => members.valuesOf(name, isList),
  });
  const isDead = members.flag("dead");
  if (!isDead && !SELECTING.some((name) => members.has(name))) {
    options.faults.push(
      nothingSelected(["dead", ...SELECTING]),
    );
  }
  return {
    ...conditions,
    isDead,
    isAgain: members.flag("again"),
    ...members.destination(options.destinations),
    isDryRun: members.flag("dryRun"),
  };
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
 * @returns The targets; meaningless if there are faults.
 */
export function readEventReplay(
  body: JsonValue | undefined,
  options: Pick<ReplayQueryOptions, "destinations" | "faults">,
): EventReplay {
  const members = new Members(body ?? {}, EVENT_REPLAY_KEYS, options.faults);
  const target = {
    isAgain: members.flag("again"),
    ...members.destination(options.destinations),
  };
  const to = members.url("to");
  if (to === undefined) return target;
  if (["again", "destination"].some((name) => members.has(name))) {
    options.faults.push(
      "Cannot replay: to must stand alone: it goes to that URL and nowhere else",
    );
  }
  return { to };
}

/** The members of a body; collects faults. */
class Members {
  readonly #members: Readonly<Record<string, JsonValue>>;
  readonly #faults: string[];

  constructor(
    body: JsonValue | undefined,
    keys: readonly string[],
    faults: string[],
  ) {
    const isObject = isJsonObject(body);
    this.#members = isObject ? { ...body } : {};
    this.#faults = faults;
    if (!isObject) faults.push("Cannot replay: the body must be a JSON object");
    if (Object.keys(this.#members).some((name) => !keys.includes(name))) {
      faults.push(`Cannot replay: each key must be one of ${keys.join(", ")}`);
    }
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  /** The elements of a list, or the only value; undefined without the member. */
  valuesOf(name: string, isList: boolean): readonly JsonValue[] | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#members[name] ?? null;
    return isList && Array.isArray(value) ? value : [value];
  }

  /** False without the member. */
  flag(name: string): boolean {
    const [value = false] = this.valuesOf(name, false) ?? [];
    if (typeof value === "boolean") return value;
    this.#fault(name, "true or false");
    return false;
  }

  destination(names: readonly string[]): { destination?: string } {
    const [value] = this.valuesOf("destination", false) ?? [];
    const destination = names.find((name) => name === value);
    if (destination !== undefined) return { destination };
    if (typeof value === "string") {
      this.#faults.push(unknownDestination(value, names));
    } else if (value !== undefined) {
      this.#fault("destination", "the name of a destination");
    }
    return {};
  }

  url(name: string): string | undefined {
    const [value] = this.valuesOf(name, false) ?? [];
    const text = typeof value === "string" ? value : "";
    const url = HTTP_URL.parse(text);
    if (url !== undefined || value === undefined) return url;
    const cause = HTTP_URL.likelyCause(text);
    this.#fault(name, `${HTTP_URL.kind}${cause && `. ${cause}`}`);
    return undefined;
  }

  #fault(name: string, kind: string): void {
    this.#faults.push(`Cannot use ${name} as it must be ${kind}`);
  }
}

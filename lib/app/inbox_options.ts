/**
 * The options of an inbox inside a program.
 *
 * @module
 */

import { knownKeysHint } from "../config/settings_files.ts";
import type {
  EventHandlers,
  HandlersByName,
} from "../destinations/handlers.ts";
import type { JsonObject } from "../json/json.ts";
import type { LogEntry } from "../log.ts";

/**
 * A destination beside the handlers: one of `url`, `exec` and `module`, and what it
 * receives how.
 */
export interface DestinationOptions {
  /** 1 to 64 letters, digits, dots, hyphens and underscores; not `handlers`. */
  readonly name: string;
  /** The URL that events are POSTed to. */
  readonly url?: string | undefined;
  /** A program and its arguments; the event is on its standard input. */
  readonly exec?: readonly string[] | undefined;
  /** A file whose default export are event handlers, run in a process of its own. */
  readonly module?: string | undefined;
  /**
   * Event names and globs.
   *
   * @default {["*"]}
   */
  readonly events?: readonly string[] | undefined;
  /** A payload filter, see `createPayloadFilter()`. */
  readonly filter?: JsonObject | undefined;
  /** Signs what goes to `url`; the first of `secrets` by default. */
  readonly secret?: string | undefined;
  /** Headers added to requests to `url`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * `object`: the events of one object go one at a time, by their `created-at`.
   *
   * @default {"object"}
   */
  readonly order?: "object" | "none" | undefined;
  /**
   * The most attempts at a time.
   *
   * @default {8}
   */
  readonly concurrency?: number | undefined;
  /**
   * Milliseconds that an attempt may take.
   *
   * @default {10000}
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Attempts before an event becomes a dead letter.
   *
   * @default {12}
   */
  readonly attemptsMax?: number | undefined;
}

/** A rule of how long payloads are kept; the first that matches an event counts. */
export interface RetentionOptions {
  /** An event name or glob. */
  readonly match: string;
  /** The span in which nothing erases them, such as `5y`. */
  readonly min?: string | undefined;
  /** The span after which they are erased, such as `5y30d`. */
  readonly max?: string | undefined;
  /** Why, such as a law: the audit trail tells it. */
  readonly basis?: string | undefined;
}

/** Options of {@linkcode createInbox}. */
export interface InboxOptions {
  /** The webhook's secrets; a delivery signed with any of them is taken. */
  secrets: readonly string[];
  /**
   * `sqlite:PATH`, `sqlite::memory:`, which is not kept, or
   * `postgres://user:password@host:5432/database`, which several programs can share.
   *
   * @default {"sqlite:data/inbox.db"}
   */
  store?: string | undefined;
  /**
   * Code of this program that gets the events, see `defineHandlers()`. An attempt may
   * take 10 s. Handlers share the program's thread: one that computes for long also keeps
   * deliveries from being answered, and belongs in a `module` of `destinations`, which is
   * a process of its own. All handlers that match run again when one of them throws, so
   * each must bear to be run twice for an event.
   */
  handlers?: EventHandlers | undefined;
  /** Further destinations, as in `inbox.json`. */
  destinations?: readonly (DestinationOptions | JsonObject)[] | undefined;
  /**
   * The most that a signature's time may be off, in seconds.
   *
   * @default {300}
   */
  toleranceSeconds?: number | undefined;
  /**
   * The largest body accepted, in bytes.
   *
   * @default {1048576}
   */
  bodyBytesMax?: number | undefined;
  /**
   * The days after which payloads are erased; `"off"` keeps them.
   *
   * @default {90}
   */
  retentionDays?: number | "off" | undefined;
  /**
   * The same for events that are pending or dead somewhere.
   *
   * @default {"off"}
   */
  retentionDeadDays?: number | "off" | undefined;
  /** Rules for names of events, as in `inbox.json`. */
  retention?: readonly (RetentionOptions | JsonObject)[] | undefined;
  /**
   * The fate of an object's payloads once an event tells that Persona has redacted it.
   *
   * @default {"erase"}
   */
  onRedacted?: "erase" | "keep" | undefined;
  /**
   * The bearer token that `localHandler` demands.
   *
   * @default None: everybody who reaches it is served.
   */
  adminToken?: string | undefined;
  /**
   * The name or address under which `localHandler` is reached, beside loopback ones.
   *
   * @default {"127.0.0.1"}
   */
  adminHost?: string | undefined;
  /**
   * Called with each log entry; no entry holds a payload value or a secret, so that of an event
   * handler that threw there is no more than `reason: "threw"`: the error and its stack
   * are kept with the attempt, as `persona-inbox events ID --reveal --store …` shows.
   * Anything that it throws is ignored.
   *
   * @default Warnings and errors go to standard error, one JSON object a line.
   */
  onLog?: ((entry: LogEntry) => void) | undefined;
}

/** The options, with handlers that are typed by the names that they stand under. */
export type TypedInboxOptions<Glob extends string> =
  & Omit<InboxOptions, "handlers">
  & {
    handlers?:
      | HandlersByName<Glob>
      // Names that the compiler does not know cannot be checked.
      | (string extends Glob ? EventHandlers : never)
      | undefined;
  };

const KEYS: readonly (keyof InboxOptions)[] = [
  "secrets",
  "store",
  "handlers",
  "destinations",
  "toleranceSeconds",
  "bodyBytesMax",
  "retentionDays",
  "retentionDeadDays",
  "retention",
  "onRedacted",
  "adminToken",
  "adminHost",
  "onLog",
];

/**
 * Finds faults that only options can have: the rest is as in `inbox.json`.
 *
 * @param options The given options; a caller in JavaScript may give anything.
 * @returns A sentence a fault.
 */
export function inboxOptionFaults(
  options: Partial<InboxOptions> = {},
): string[] {
  const faults: string[] = [];
  for (const [key, value] of Object.entries(options)) {
    if (!KEYS.some((known) => known === key)) {
      const hint = knownKeysHint(key, KEYS);
      faults.push(`Unknown option "${key}" of createInbox().${hint}`);
    }
    // JSON, as which settings are read, has no such number.
    if (typeof value === "number" && !Number.isFinite(value)) {
      faults.push(
        `Cannot use "${key}" of createInbox() as it must be a whole number: current value is ${value}`,
      );
    }
  }
  const { secrets } = options;
  const isList = Array.isArray(secrets) && secrets.length > 0 &&
    secrets.every((secret) => typeof secret === "string" && secret.trim());
  if (!isList) {
    faults.push(
      "Cannot use \"secrets\" of createInbox() as it must be a list of one or more secrets, none of them empty: copy the secret from the webhook's page in Persona's dashboard",
    );
  }
  return faults;
}

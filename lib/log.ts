/**
 * The log. What can be logged is the closed list {@linkcode LogEntry}: there is no
 * way to log a text made up elsewhere, an object or an error as it is, so that no
 * payload value and no secret gets here by accident.
 *
 * @module
 */

import { type Clock, systemClock } from "./clock.ts";
import { escapeControls } from "./escape.ts";
import type { RejectReason } from "./reject_reasons.ts";

/** Log levels, from most to least verbose. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

/** Log formats: for machines, or for people. */
export const LOG_FORMATS = ["json", "pretty"] as const;

/** An attempt as it is logged: what the other side said is left out. */
export interface AttemptEntry {
  eventId: Loggable;
  eventName: Loggable;
  /** Its name in the settings. */
  destination: string;
  attempt: number;
  /** HTTP status or exit code. */
  code: number | null;
  durationMs: number;
}

/** A destination and what it receives. */
export interface ReceivingEntry {
  name: string;
  /** Event names and globs, {@linkcode LISTED_MAX} at most. */
  events: readonly string[];
  /** True if it has a filter, so that it receives only some of them. */
  filtered: boolean;
  /** Set while it is paused by a command. */
  paused?: true;
}

/** The most destinations, and event globs of one, that a line lists. */
export const LISTED_MAX = 50;

/** Everything that is ever logged. */
export type LogEntry =
  | {
    msg: "listening";
    port: number;
    webhookUrl: string;
    /** The page and its API; null when the local listener is off. */
    localUrl: string | null;
    store: string;
    secrets: number;
    /** The destinations, and the events that each receives. */
    destinations: readonly ReceivingEntry[];
    /** The rules of retention, in words. */
    retention: readonly string[];
    version: string;
  }
  | { msg: "settings warning"; warning: string; hint: string }
  | { msg: "settings changed" }
  | {
    msg: "settings reloaded";
    /** The webhook secrets there are now. */
    secrets: number;
    /** Settings and destinations that changed, without their values. */
    changed: readonly string[];
    /** Those whose change takes effect by a restart only. */
    restart: readonly string[];
  }
  | { msg: "settings refused"; fault: string }
  | { msg: "accepting unsigned deliveries" }
  | { msg: "proxy in use"; variables: readonly string[] }
  | { msg: "local port in use"; wanted: number; port: number }
  | { msg: "listener failed"; port: number; fault: string }
  | { msg: "listening again"; port: number }
  | {
    msg: "received";
    requestId: string;
    eventId: Loggable;
    eventName: Loggable;
    objectType: Loggable | null;
    objectId: Loggable | null;
    signature: "verified" | "unsigned";
    /** The fingerprint of the secret; null if nothing was signed. */
    secretFingerprint: string | null;
    attempt: number | null;
    attemptsMax: number | null;
    duplicate: boolean;
    /** Present when the body is not the one that was stored first. */
    differs?: true;
    /** Present when created-at is missing or unreadable: it comes last in its lane. */
    undated?: true;
  }
  | {
    msg: "rejected";
    requestId: string;
    status: number;
    reason: RejectReason;
    /** The age of a timestamp; negative if it is in the future. */
    skewSeconds?: number | undefined;
  }
  | AttemptEntry & { msg: "delivered"; stale: boolean }
  | AttemptEntry & { msg: "ignored" }
  | AttemptEntry & {
    msg: "attempt failed";
    reason: string;
    retryInSeconds: number;
  }
  | AttemptEntry & { msg: "dead letter"; reason: string }
  | { msg: "destination paused"; destination: string; seconds: number }
  | { msg: "destination resumed"; destination: string }
  | { msg: "paused by command"; destination: string }
  | { msg: "resumed by command"; destination: string }
  /** Its process, by itself, between two attempts. */
  | { msg: "module ended"; destination: string; exit: string }
  | { msg: "dispatches wait"; destination: string; dispatches: number }
  | { msg: "dispatcher failed"; error: Loggable }
  /** An erasure, as an event tells that Persona has redacted the object. */
  | {
    msg: "erased";
    events: number;
    eventId: Loggable;
    objectId: Loggable | null;
  }
  /** What a command erased, or what was redacted of what it released. */
  | { msg: "erased by command"; events: number }
  /** New rules of retention, and what they erase from then on. */
  | {
    msg: "retention begins";
    events: number;
    rule: string;
    at: string;
    hint: string;
  }
  /** Events whose time is over, by the rules that say so. */
  | {
    msg: "expired";
    events: number;
    rules: Readonly<Record<string, number>>;
  }
  /** A redaction that Persona tells of, and that a hold keeps from being carried out. */
  | { msg: "not erased"; eventId: Loggable; objectId: Loggable; reason: string }
  | { msg: "retention passed" }
  /** The events of a store that an older version made. */
  | { msg: "indexing references"; events: number }
  | { msg: "references indexed"; events: number }
  | { msg: "store failed"; fault: string; hint: string }
  /** A delivery is stored again, after failures of which not each was logged. */
  | { msg: "store works again"; failures: number }
  | { msg: "store lost"; fault: string; hint: string }
  | { msg: "checkpoint failed"; fault: string; hint: string }
  | { msg: "checkpoint works again" }
  | { msg: "destinations differ"; fault: string; hint: string }
  | { msg: "destinations agree" }
  | { msg: "request failed"; requestId: string; error: Loggable }
  | {
    msg: "sent once";
    eventId: Loggable;
    /** A URL that is not a destination, without its path. */
    to: string;
    ok: boolean;
    outcome: string;
    code: number | null;
    durationMs: number;
  }
  | { msg: "revealed"; requestId: string; eventId: Loggable }
  /** The request of the rejected delivery whose header and body were shown. */
  | { msg: "rejected revealed"; requestId: string; rejectedId: Loggable }
  /** The last record of the audit trail: it proves what came before. */
  | { msg: "audit head"; records: number; hash: string }
  | { msg: "log lines lost"; lines: number }
  | { msg: "stopping"; signal: string }
  | { msg: "stopped" };

declare const loggable: unique symbol;
/** Text from outside that has the look of an identifier. */
export type Loggable = string & { readonly [loggable]: true };

/** No `@` and no spaces: nothing that could be an address or a name. */
const IDENTIFIER = /^[\w.:/-]{1,128}$/;

/**
 * Lets an identifier into the log. What does not look like one is replaced: it may
 * be a person's name, or an escape sequence for a terminal.
 *
 * @param text An id, a type or an event name.
 * @returns The text, or a stand-in that gives away its length only.
 */
export function toLoggable(text: string): Loggable;
export function toLoggable(text: string | null): Loggable | null;
export function toLoggable(text: string | null): Loggable | null {
  if (text === null) return null;
  return (IDENTIFIER.test(text) ? text : `<${text.length} characters>`) as
    & string
    & Loggable;
}

const LEVEL_OF: Record<LogEntry["msg"], LogLevel> = {
  "listening": "info",
  "settings warning": "warn",
  "settings changed": "info",
  "settings reloaded": "info",
  "settings refused": "error",
  "accepting unsigned deliveries": "warn",
  "proxy in use": "info",
  "local port in use": "warn",
  "listener failed": "error",
  "listening again": "info",
  "received": "info",
  "rejected": "warn",
  "delivered": "info",
  "ignored": "info",
  "attempt failed": "warn",
  "dead letter": "error",
  "destination paused": "warn",
  "destination resumed": "info",
  "paused by command": "warn",
  "resumed by command": "info",
  "module ended": "warn",
  "dispatches wait": "warn",
  "dispatcher failed": "error",
  "erased": "info",
  "erased by command": "info",
  "retention begins": "warn",
  "expired": "info",
  "not erased": "warn",
  "retention passed": "debug",
  "indexing references": "info",
  "references indexed": "info",
  "store failed": "error",
  "store works again": "info",
  "store lost": "error",
  "checkpoint failed": "error",
  "checkpoint works again": "info",
  "destinations differ": "warn",
  "destinations agree": "info",
  "request failed": "error",
  "sent once": "warn",
  "revealed": "warn",
  "rejected revealed": "warn",
  "audit head": "info",
  "log lines lost": "warn",
  "stopping": "info",
  "stopped": "info",
};

/** Logged at any level: with port 0 nothing else tells where the server is. */
const ALWAYS_LOGGED: LogEntry["msg"] = "listening";

/** Takes entries. */
export interface Logger {
  log(entry: LogEntry): void;
  /** Waits until all that was logged is written. */
  flush(): Promise<void>;
}

/** Turns an entry into a line, or several, without their last end. */
export type LogFormatter = (
  entry: LogEntry,
  context: { level: LogLevel; timeMs: number },
) => string;

/** A logger whose style can change. */
export interface ConfigurableLogger extends Logger {
  configure(style: LogStyle): void;
}

/** The entries that a log shows, and how. */
export interface LogStyle {
  /** @default {"info"} */
  level?: LogLevel;
  /** @default {formatJson} */
  format?: LogFormatter;
}

/** Options of {@linkcode createLogger}. */
export interface LoggerOptions extends LogStyle {
  /** Writes whole lines; the next call waits for its promise. */
  write: (lines: string) => Promise<void>;
  /** @default {systemClock} */
  clock?: Clock;
}

/** The wait after a write, so that the next one has many lines. */
const FLUSH_MS = 40;

/** Lines that wait for a slow reader; more are counted and dropped. */
const WAITING_LINES_MAX = 10_000;

/** An entry that waits to be written. */
interface LoggedEntry {
  readonly entry: LogEntry;
  readonly timeMs: number;
}

/**
 * Creates a logger that gathers the lines of a moment into one write, and never makes
 * a delivery wait for whoever reads the log.
 *
 * @param options The format, and the output.
 * @returns The logger.
 */
export function createLogger(options: LoggerOptions): ConfigurableLogger {
  const { clock = systemClock, write } = options;
  let format = formatJson;
  let levelMin = 0;
  let waiting: LoggedEntry[] = [];
  let lost = 0;
  let writing: Promise<void> | undefined;

  function line({ entry, timeMs }: LoggedEntry): string {
    return `${format(entry, { level: LEVEL_OF[entry.msg], timeMs })}\n`;
  }

  function add(entry: LogEntry): void {
    waiting.push({ entry, timeMs: clock.nowMs() });
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      if (lost > 0) add({ msg: "log lines lost", lines: lost });
      // Together and off the path of a delivery: that takes half the time.
      const lines = waiting.map(line).join("");
      waiting = [];
      lost = 0;
      await write(lines).catch(() => {}); // Nobody reads: nowhere to say so.
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    }
    writing = undefined;
  }

  function configure(style: LogStyle): void {
    format = style.format ?? formatJson;
    levelMin = LOG_LEVELS.indexOf(style.level ?? "info");
  }

  configure(options);
  return {
    configure,
    log(entry) {
      const isLogged = entry.msg === ALWAYS_LOGGED ||
        LOG_LEVELS.indexOf(LEVEL_OF[entry.msg]) >= levelMin;
      if (!isLogged) return;
      if (waiting.length >= WAITING_LINES_MAX) {
        lost++;
        return;
      }
      add(entry);
      writing ??= writeAll();
    },
    async flush() {
      await writing;
    },
  };
}

/** One JSON object a line. */
export const formatJson: LogFormatter = (entry, { level, timeMs }) => {
  // A copy of the entry with two members more would cost as much as its text.
  const members = JSON.stringify(entry).slice(1);
  const time = isoTime(timeMs);
  return escapeControls(`{"time":"${time}","level":"${level}",${members}`);
};

let lastTimeMs = 0;
let lastTime = new Date(0).toISOString();

/** Many lines are of the same millisecond. */
function isoTime(timeMs: number): string {
  if (timeMs !== lastTimeMs) {
    lastTimeMs = timeMs;
    lastTime = new Date(timeMs).toISOString();
  }
  return lastTime;
}

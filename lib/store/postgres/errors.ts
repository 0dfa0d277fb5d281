// Descriptions of PostgreSQL's errors, with hints. Its messages may quote the values of
// a statement, so that only those are repeated that tell of the server.

import { InboxError, StoreError } from "../../errors.ts";
import type { Elsewhere, PostgresUrl } from "../postgres_url.ts";
import type { StoreFault } from "../store_fault.ts";

/** A statement that had no answer in time; nobody knows if it was carried out. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/** Hints by the beginning of an error's code, the longest first; see errcodes.txt. */
const HINTS: readonly (readonly [code: string, hint: string])[] = [
  [
    "28P01",
    "Fix the password in INBOX_STORE; without one there, set PGPASSWORD to it, or PGPASSFILE to a file with a line host:port:database:user:password",
  ],
  [
    "28",
    "Does the user exist, may it log in, and does pg_hba.conf of the server let it in from this host?",
  ],
  ["3D000", "Create the database, or name another one in INBOX_STORE"],
  [
    "42501",
    "Connect as the owner of what it names, or give this user the owner's rights: GRANT owner TO user. To create the store, GRANT CREATE ON DATABASE is enough",
  ],
  ["42P01", "A server creates the store when it starts: is the schema right?"],
  [
    "55P03",
    "Another program, such as pg_dump, keeps a table locked: start again when it is done",
  ],
  ["53100", "Free space on the disk of the database"],
  [
    "53300",
    "Raise the limit that it names: max_connections of the server, or CONNECTION LIMIT by ALTER ROLE or ALTER DATABASE",
  ],
  [
    "57014",
    "Raise statement_timeout of this user, as by ALTER ROLE user SET statement_timeout = 0, if nobody canceled it",
  ],
  [
    "57P",
    "The database is restarted or stopped: deliveries are sent again later",
  ],
  [
    "25006",
    "Name the primary server in INBOX_STORE, or set default_transaction_read_only = off for this user and database",
  ],
  ["40", "Others wrote the same rows: it is tried again"],
];

/** Classes of errors whose messages hold no values of a statement. */
const QUOTABLE = /^(?:08|25|28|3D|42501|42P01|53|55|57|58|XX)/;

/** The words of the system for a server that refuses to encrypt. */
const NO_TLS = /before secure TLS connection/;

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its host is not known",
  EAI_AGAIN: "its host cannot be looked up",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "its host is unreachable",
  ENETUNREACH: "its network is unreachable",
  CONNECT_TIMEOUT: "it does not answer",
  ECONNRESET: "it closed the connection",
  EPIPE: "it closed the connection",
  CONNECTION_CLOSED: "it closed the connection",
  CONNECTION_DESTROYED: "the connection was given up",
  CONNECTION_ENDED: "the connection was closed",
};

/** Returns whether nothing was stored, and a further try may succeed at once. */
export function isRetryable(error: unknown): boolean {
  return /^40(?:001|P01)$/.test(sqlStateOf(error));
}

/** Returns whether another instance stored a row with the same key first. */
export function isTaken(error: unknown): boolean {
  return sqlStateOf(error) === "23505";
}

/**
 * Returns whether the connection of a failed statement is as good as new. A session
 * keeps the settings that it began with, such as to read only, or a time limit, when they
 * are corrected.
 */
export function isConnectionUsable(error: unknown): boolean {
  return /^(?!08|57|25006)./.test(sqlStateOf(error));
}

/** Returns whether a single value was the cause, so that others can still be written. */
export function isFaultOfValue(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError ||
    /^2[123](?!514)|^54/.test(sqlStateOf(error));
}

/** The code that PostgreSQL gave to an error; empty if it is not PostgreSQL's. */
export function sqlStateOf(error: unknown): string {
  const isAnswer = error instanceof Error && error.name === "PostgresError";
  return isAnswer ? codeOf(error) : "";
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return String(error.code);
}

/** The fault of an instance without keys beside others that have some. */
export function clearRefused(): StoreError {
  return new StoreError(
    "Cannot store in the clear: other servers encrypt the payloads of this store",
    "Set INBOX_ENCRYPTION_KEYS and INBOX_KEY_STORE as they have them, and restart this server",
  );
}

/** Returns whether the store refused a payload in the clear: its only constraint of values. */
function isClearRefused(error: unknown): boolean {
  return sqlStateOf(error) === "23514";
}

/** The places of errors, except that of the store. */
const PLACES = new WeakMap<object, Elsewhere>();

/** Remembers which database an error is of. */
export function markPlace(error: unknown, { elsewhere }: PostgresUrl): unknown {
  if (elsewhere && error instanceof Error) PLACES.set(error, elsewhere);
  return error;
}

/** Describes a failure of the store, or of what belongs to it in another database. */
export function describeFault(error: unknown): StoreFault {
  const { message, hint } = describe(error);
  const { setting, name } = (error instanceof Error && PLACES.get(error)) ||
    { setting: "INBOX_STORE" };
  return {
    message: name === undefined ? message : `${name}: ${message}`,
    hint: hint.replaceAll("INBOX_STORE", setting),
  };
}

function describe(error: unknown): StoreFault {
  if (isClearRefused(error)) return describe(clearRefused());
  if (error instanceof InboxError) {
    return { message: error.message, hint: error.hint };
  }
  if (error instanceof DeadlineError) {
    return {
      message: "PostgreSQL did not answer in time",
      hint:
        "Look at its load and locks, at the network between, and at the pool of a pooler: each instance takes up to twelve connections",
    };
  }
  if (error instanceof Deno.errors.NotCapable) {
    return {
      message: "connecting to PostgreSQL is not permitted",
      hint: "Allow its host and port with --allow-net, and --allow-env",
    };
  }
  const code = codeOf(error);
  if (/CERT|ALTNAME/.test(code)) {
    return {
      message: "PostgreSQL has a certificate that is not trusted",
      hint: "Name its authority's with DENO_CERT, or set sslmode=require",
    };
  }
  if (
    code === "ECONNRESET" && error instanceof Error &&
    NO_TLS.test(error.message)
  ) {
    return {
      message: "PostgreSQL cannot be reached: it has no TLS",
      hint: "Turn ssl on in its postgresql.conf, or set sslmode=disable",
    };
  }
  const reason = UNREACHABLE[code];
  if (reason !== undefined) {
    return {
      message: `PostgreSQL cannot be reached: ${reason}`,
      hint: "Is it running, and are host and port in INBOX_STORE right?",
    };
  }
  if (error instanceof Error && sqlStateOf(error) !== "") {
    const words = QUOTABLE.test(code)
      ? `${error.message} (${code})`
      : `error ${code}`;
    const hint = HINTS.find(([start]) => code.startsWith(start))?.[1] ??
      `Look ${code} up in PostgreSQL's manual, Appendix A`;
    return { message: `PostgreSQL says ${words}`, hint };
  }
  return {
    message: error instanceof Error ? error.name : "unknown failure",
    hint: code === ""
      ? "This is a bug in persona-inbox: please report it"
      : `The system says ${code}: look at the network to PostgreSQL`,
  };
}

/** Wraps an error of reading. */
export function cannotRead(error: unknown): StoreError {
  const { message, hint } = describeFault(error);
  return new StoreError(`Cannot read the store: ${message}`, hint);
}

/** Wraps an error of opening a store. */
export function cannotOpen(shownUrl: string, error: unknown): StoreError {
  const { message, hint } = describeFault(error);
  return new StoreError(`Cannot open store at ${shownUrl}: ${message}`, hint);
}

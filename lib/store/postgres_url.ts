// URLs of PostgreSQL stores, `postgres://user@host:port/database?schema=…&sslmode=…`.

/** The encryption of a connection; `require` and `prefer` believe any certificate. */
const SSL_MODES = ["disable", "prefer", "require", "verify-full"] as const;

/** A place for a store in a PostgreSQL database. */
export interface PostgresUrl {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Null when there is none in the URL. */
  readonly password: string | null;
  readonly database: string;
  readonly schema: string;
  readonly sslMode: typeof SSL_MODES[number];
  /** Set if it is another place than that of `INBOX_STORE`. */
  readonly elsewhere?: Elsewhere;
}

/** A place that `INBOX_STORE` does not name. */
export interface Elsewhere {
  /** The setting that names it, for hints. */
  readonly setting: string;
  /** Its name in messages that are about the store. */
  readonly name?: string;
}

/** A place, or the fault of its URL, which completes "Cannot use it as …". */
export type PostgresUrlResult =
  | { readonly ok: true; readonly place: PostgresUrl }
  | { readonly ok: false; readonly fault: string };

/** Lower case, so that it is the same with and without quotes. */
const SCHEMA = /^(?!pg_)[a-z_][a-z0-9_]{0,47}$/;

/** Returns whether a URL is meant to name a PostgreSQL store. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:/.test(text);
}

/**
 * Reads a URL.
 *
 * @returns Where the store is, or what is wrong; never with a password in it.
 */
export function readPostgresUrl(text: string): PostgresUrlResult {
  if (!URL.canParse(text) || !/^postgres(?:ql)?:\/\//.test(text)) {
    return bad("it must be like postgres://user@host:5432/database");
  }
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const [, database = "", ...more] = url.pathname.split("/");
  const user = decode(url.username);
  const name = decode(database);
  if (host === "") return bad("it must name a host");
  if (!user) return bad("it must name a user, as in postgres://user@host/db");
  if (!name || more.length > 0) return bad("it must name one database");
  const names = [...url.searchParams.keys()];
  if (names.some((name) => name !== "schema" && name !== "sslmode")) {
    // Not repeated: it may be a part of a password.
    return bad("its only parameters can be schema and sslmode");
  }
  const schema = url.searchParams.get("schema") ?? "persona_inbox";
  if (!SCHEMA.test(schema)) {
    return bad("its schema must be of a-z, 0-9 and _, at most 48 of them");
  }
  const mode = url.searchParams.get("sslmode") ?? "prefer";
  const sslMode = SSL_MODES.find((known) => known === mode);
  if (!sslMode) return bad(`its sslmode must be ${SSL_MODES.join(", ")}`);
  const password = url.password === "" ? null : decode(url.password);
  if (password === undefined) return bad("its password is badly escaped");
  const port = url.port === "" ? 5432 : Number(url.port);
  const place = { host, port, user, database: name, schema, sslMode };
  return { ok: true, place: { ...place, password } };
}

/** Adds a password to a URL that has none. */
export function withPassword(text: string, password: string): string {
  const url = new URL(text);
  url.password = encodeURIComponent(password);
  return url.href;
}

/** Names another schema. */
export function withSchema(text: string, schema: string): string {
  const url = new URL(text);
  url.searchParams.set("schema", schema);
  return url.href;
}

/** Removes the password from the URL of a store, so that it can be shown. */
export function withoutPassword(text: string): string {
  if (!isPostgresUrl(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  url.password = "";
  return url.href;
}

function bad(fault: string): PostgresUrlResult {
  return { ok: false, fault };
}

/** Undefined when it is badly escaped. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

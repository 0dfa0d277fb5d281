// A bounded pool of connections to one database. Every statement is a transaction of
// its own and keeps nothing in the session, so that it also works by way of a pooler
// that gives each transaction another connection.

import { StoreError } from "../../errors.ts";
import type { DatabaseRow } from "../columns.ts";
import type { PostgresUrl } from "../postgres_url.ts";
import type { Options, PostgresType, Sql } from "./driver.ts";
import {
  DeadlineError,
  isConnectionUsable,
  isRetryable,
  markPlace,
} from "./errors.ts";

/** Deno must not see it, or whoever uses SQLite would have to download it. */
const DRIVER = import.meta.resolve("./driver.ts");

/** The longest time that a connection may take to be made. */
const CONNECT_SECONDS = 3;

/** The longest time that a statement may take, unless it says otherwise. */
const STATEMENT_MS = 4_000;

/** The longest time that statements may run on after the pool was given up. */
const END_SECONDS = 1;

/** Tries of a statement that others got in the way of. */
const TRIES_MAX = 5;

/** A retry waits for up to so long, and as often longer as it was tried. */
const RETRY_MS = 20;

/** Options of {@linkcode Database}. */
export interface DatabaseOptions {
  /** The most connections at once. */
  readonly connectionsMax: number;
  /** Told of notifications to a connection that listens. */
  readonly onNotify?: (payload: string) => void;
}

/** A value of a parameter. */
export type Parameter = string | number | boolean | null;

/** Runs a statement, as {@linkcode Database.query} does. */
export type Query = (
  text: string,
  values?: readonly Parameter[],
) => Promise<readonly DatabaseRow[]>;

type Pool = Sql<Record<string, PostgresType>>;

/** Connections to one database. */
export class Database {
  /** The schema of the store, in SQL. */
  readonly schema: string;
  readonly #place: PostgresUrl;
  readonly #options: DatabaseOptions;
  #pool: Promise<Pool> | undefined;
  #isClosed = false;
  #disconnections = 0;
  readonly #ending = new Set<Promise<void>>();

  constructor(place: PostgresUrl, options: DatabaseOptions) {
    this.#place = place;
    this.#options = options;
    this.schema = `"${place.schema}"`;
  }

  /** Counts connections that ended: the next may be to another server. */
  get disconnections(): number {
    return this.#disconnections;
  }

  /**
   * Runs a statement as a transaction; again if others got in its way.
   *
   * @param text The statement; `$schema` stands for the store's schema. Several are
   *   possible without parameters, and are one transaction.
   * @param timeoutMs The deadline: then it is canceled, and nobody knows if it was
   *   carried out.
   * @returns The rows of the statement, or of the last one.
   */
  async query(
    text: string,
    values: readonly Parameter[] = [],
    timeoutMs = STATEMENT_MS,
  ): Promise<readonly DatabaseRow[]> {
    return await this.#again(() =>
      this.#withPool(timeoutMs, async (sql, cancelable) => {
        const query = sql.unsafe(this.#sqlOf(text), [...values]);
        cancelable.query = query;
        return lastOf(await query);
      })
    );
  }

  /**
   * Runs several statements as one transaction; again if others got in its way.
   *
   * @param timeoutMs The deadline of all of it.
   * @returns What `run` returns.
   */
  async transaction<Result>(
    run: (query: Query) => Promise<Result>,
    timeoutMs: number,
  ): Promise<Result> {
    return await this.#again(() =>
      this.#withPool(timeoutMs, async (sql, cancelable) => {
        const done = await sql.begin(async (transaction) => {
          const result = await run((text, values = []) => {
            const query = transaction.unsafe(this.#sqlOf(text), [...values]);
            cancelable.query = query;
            return query.then(lastOf);
          });
          return { result };
        });
        return (done as { result: Result }).result;
      })
    );
  }

  /** Closes all connections; statements under way have a moment to finish. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#pool) this.#giveUp(this.#pool);
    await Promise.all(this.#ending);
  }

  #sqlOf(text: string): string {
    return text.replaceAll("$schema", this.schema);
  }

  async #again<Result>(run: () => Promise<Result>): Promise<Result> {
    for (let tries = 1;; tries++) {
      try {
        return await run();
      } catch (error) {
        if (!isRetryable(error) || tries === TRIES_MAX) {
          throw markPlace(error, this.#place);
        }
        const delayMs = Math.random() * RETRY_MS * tries;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  async #withPool<Result>(
    timeoutMs: number,
    run: (sql: Pool, cancelable: { query?: object }) => Promise<Result>,
  ): Promise<Result> {
    if (this.#isClosed) {
      throw new StoreError("the store is closed", "Open it again");
    }
    const pool = this.#pool ??= this.#connect();
    const sql = await pool.catch((error) => {
      this.#giveUp(pool);
      throw error;
    });
    const cancelable: { query?: object } = {};
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      deadline.reject(new DeadlineError("Cannot wait any longer"));
      if (cancelable.query) cancel(cancelable.query);
    }, timeoutMs);
    try {
      const running = run(sql, cancelable);
      running.catch(() => {}); // After the deadline nobody waits for it.
      return await Promise.race([running, deadline.promise]);
    } catch (error) {
      // What is left of a broken connection is not to be trusted with a transaction.
      if (!isConnectionUsable(error)) this.#giveUp(pool);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #connect(): Promise<Pool> {
    const { postgres } = await loadDriver();
    const { host, port, user, password, database, sslMode } = this.#place;
    const { connectionsMax, onNotify } = this.#options;
    const ssl = { disable: false, "verify-full": {} }[String(sslMode)] ??
      sslMode;
    const options = {
      host,
      port,
      user,
      pass: password ?? "",
      database,
      ssl,
      max: connectionsMax,
      connect_timeout: CONNECT_SECONDS,
      idle_timeout: 0,
      max_lifetime: null,
      backoff: false,
      keep_alive: 60,
      max_pipeline: 1,
      prepare: false,
      fetch_types: false,
      debug: false,
      connection: { application_name: "persona-inbox" },
      onnotice: () => {},
      onclose: () => void this.#disconnections++,
      onnotify: (_channel: string, payload: string) => onNotify?.(payload),
    };
    return postgres(options as Options<Record<string, PostgresType>>);
  }

  /** Ends a pool; the next statement starts another. */
  #giveUp(pool: Promise<Pool>): void {
    if (pool !== this.#pool) return;
    this.#pool = undefined;
    const ending = pool.then((sql) => sql.end({ timeout: END_SECONDS }))
      .catch(() => {}).finally(() => void this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

/** Several statements have several results. */
function lastOf(rows: unknown): readonly DatabaseRow[] {
  const list = rows as readonly unknown[];
  const last = list.at(-1);
  return (Array.isArray(last) ? last : list) as readonly DatabaseRow[];
}

/** The driver's own `cancel()` leaves a rejection to nobody if the server is gone. */
function cancel(query: object): void {
  const { canceller } = query as {
    canceller?: (query: object) => Promise<void>;
  };
  canceller?.(query).catch(() => {});
}

async function loadDriver(): Promise<typeof import("./driver.ts")> {
  try {
    return await import(DRIVER);
  } catch (cause) {
    throw new StoreError(
      "Deno could not load its driver, npm:postgres",
      "Deno downloads it from the npm registry once: look at the network to that. Behind a proxy with a certificate of its own, set DENO_TLS_CA_STORE=system",
      { cause },
    );
  }
}
